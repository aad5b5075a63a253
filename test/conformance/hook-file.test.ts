import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hookSenders } from '@carillon/sender-hook'
import { createSender, examplePush, fakeProvider } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'carillon-hooks-'))))
afterEach(() => rm(folder, { recursive: true }))

async function hooksFile(content: unknown): Promise<string> {
  const path = join(folder, 'hooks.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const hook1 = { name: 'hook1', url: 'https://example.com/hook', secret: 's3cr3t-one' }
const hook2 = { name: 'hook-2_x', url: 'http://10.0.0.7:8080/', secret: 's3cr3t-two' }

describe('a hooks file', () => {
  it('makes a sender of each hook, private addresses included', async () => {
    const senders = await hookSenders(await hooksFile(`\uFEFF${JSON.stringify([hook1, hook2])}`))
    expect(senders.map(({ name }) => name)).toEqual(['hook1', 'hook-2_x'])
    expect(await hookSenders(await hooksFile([]))).toEqual([])
  })

  it('looks as in docs/senders/hook.md', async () => {
    const docs = await readFile(new URL('../../docs/senders/hook.md', import.meta.url), 'utf8')
    const example = /```json\n(.*?)```/s.exec(docs)?.[1] ?? ''
    const senders = await hookSenders(await hooksFile(example))
    expect(senders.map(({ name }) => name)).toEqual(['hook1', 'billing'])
  })

  it('gives each its own address and secret', async () => {
    const provider = await fakeProvider()
    const senders = await hookSenders(
      await hooksFile([
        { ...hook1, url: `${provider.url}/1` },
        { ...hook2, url: `${provider.url}/2` },
      ]),
    )
    for (const definition of senders) await (await createSender(definition)).send(examplePush())
    expect(provider.requests.map(({ path }) => path)).toEqual(['/1', '/2'])
    const [first, second] = provider.requests.map(({ headers }) => headers['x-request-signature'])
    expect(first).not.toBe(second)
    await provider.close()
  })

  it.each([
    ['an object', {}, 'it must be a list of hooks'],
    ['an entry that is none', [hook1, 'hook2'], 'hook 2: must be a hook: an object with name, url and secret'],
    ['a misspelt field', [{ ...hook1, sercet: 's3cr3t-one' }], 'hook 1: has sercet, which a hook does not have'],
    ['a missing field', [hook1, { name: 'x', url: hook1.url }], 'hook 2: secret is required'],
    ['an empty secret', [{ ...hook1, secret: '' }], 'hook 1: secret is required'],
    ['a secret that is no text', [{ ...hook1, secret: 5 }], 'hook 1: secret must be text'],
    [
      'a name that fits no route',
      [{ ...hook1, name: 'Hook 1' }],
      'hook 1: name must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -',
    ],
    ['a name of the routes', [{ ...hook1, name: 'search' }], 'hook 1: name must not be "pushers" or "search"'],
    [
      'a name of another sender',
      [{ ...hook1, name: 'sendmail' }],
      `hook 1: name must not be "sendmail", which is the name of a built-in sender`,
    ],
    ['a name twice', [hook1, hook2, hook1], 'hook 3: name "hook1" is already the name of hook 1'],
    ['an address without http', [{ ...hook1, url: 'example.com' }], 'hook 1: url must be an http or https address'],
    [
      'an address with a password',
      [{ ...hook1, url: 'https://u:s3cr3t-one@example.com' }],
      'hook 1: url must be an http or https address',
    ],
    [
      'several faults',
      [
        { ...hook1, url: '' },
        { ...hook2, name: '' },
      ],
      /hook 1: url is required; .*hook 2: name must be/,
    ],
  ])('is refused for %s, with a sentence that names it and no secret', async (_, content, sentence) => {
    const path = await hooksFile(content)
    const told = await hookSenders(path).catch((error: Error) => error.message)
    expect(told).toMatch(`The hooks file ${path} cannot be used: `)
    expect(told).toMatch(sentence)
    expect(told).not.toContain('s3cr3t')
  })

  it.each(['[{"name": "hook1",\n "secret": "s3cr3t-one" "url"}]', '[{"secret": s3cr3t-one}]', ''])(
    'is refused when it is not JSON: %j',
    async (content) => {
      const path = await hooksFile(content)
      const told = await hookSenders(path).catch((error: Error) => `${error.message} ${String(error.cause)}`)
      expect(told).toContain(`The hooks file ${path} is not valid JSON`)
      expect(told).not.toContain('s3cr3t')
    },
  )

  it('is refused when it cannot be read', async () => {
    await expect(hookSenders(join(folder, 'absent.json'))).rejects.toThrow(
      /^The hooks file .*absent\.json cannot be read: ENOENT/,
    )
  })
})
