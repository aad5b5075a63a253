import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, usedFolder } from '../services/carillon.ts'

const slow = 60_000
/** Another copy of what the server was bundled with. */
const contract = pathToFileURL(join(import.meta.dirname, '../../packages/contract/index.ts')).href

async function startWith(files: Record<string, string>, env: Record<string, string>) {
  const folder = await usedFolder()
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const server = await carillon(['start', '--port', '0'], env, folder)
  return { code: await server.exit(), said: server.said() }
}

it.each([
  ['throws on load', 'throw new Error("boom")', 'The sender plugin ./bell.mjs cannot be loaded: boom'],
  [
    'throws when it is set up',
    'export default { name: "bell", create() { throw new Error("boom") } }',
    'The sender bell cannot be set up: boom',
  ],
  [
    'says itself what is to be put right',
    `import { SetupError } from '${contract}'
    export default { name: 'bell', create() { throw new SetupError('Hang the bell: it has no rope.') } }`,
    /^Hang the bell: it has no rope\.$/m,
  ],
])(
  'a plugin that %s stops the start with a sentence',
  async (_, source, sentence) => {
    const { code, said } = await startWith({ 'bell.mjs': source }, { SENDERS: './bell.mjs' })
    expect(code).toBe(1)
    expect(said).toMatch(sentence)
    expect(said).not.toMatch(/^ +at /m)
  },
  slow,
)

it(
  'a rate limits a plugin, and one for a sender that is not there is told',
  async () => {
    const folder = await usedFolder()
    const source = 'export default { name: "my-bell", send: ({ raw }) => void console.log(`rung ${raw}`) }'
    await writeFile(join(folder, 'bell.mjs'), source)
    const env = { SENDERS: './bell.mjs', RATE_MY_BELL: '20/h', RATE_SENDSSM: '1/s' }
    const server = await carillon(['start', '--port', '0'], env, folder)
    const client = createClient({ url: await addressOf(server) })
    expect(server.said()).toContain('RATE_SENDSSM limits nothing here')
    expect(server.said()).not.toContain('RATE_MY_BELL')
    onTestFinished(() => client.close())
    await client.addPusher('lupino')
    for (const beat of ['1', '2', '3']) await client.push('my-bell', 'lupino', beat, { force: true })
    await waitFor(async () => {
      const senders = await client.getSenders()
      return senders.find(({ name, active }) => name === 'my-bell' && active === 0)?.waiting === 1
    })
    expect(server.said().match(/^rung \d/gm)).toHaveLength(2)
  },
  slow,
)

it(
  'a plugin or a hooks file that is not there stops the start with a sentence',
  async () => {
    const settings: Record<string, string>[] = [{ SENDERS: './nowhere.ts' }, { HOOKS_FILE: 'nowhere.json' }]
    for (const env of settings) {
      const { code, said } = await startWith({}, env)
      expect(code).toBe(1)
      expect(said).toContain('nowhere.')
      expect(said).not.toMatch(/^ +at /m)
    }
  },
  slow,
)
