import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Sender, SetupError } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { loadAll, loadPlugin, loadPlugins } from '../senders/load.ts'
import { type AnySender, setUp, setUpSenders } from '../senders/set-up.ts'

const context = { api: () => ({}) as never, log: silentLogger }

const setUpAll = (senders: readonly AnySender[]) =>
  setUpSenders(senders, { env: {}, contextOf: () => context, log: silentLogger })

/** Loads a plugin of this source and sets it up, as a worker does when it starts. */
async function start(source: string): Promise<Sender | { missing: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'bell.mjs')
  await writeFile(path, source)
  return setUp(await loadPlugin(path), {}, context)
}

describe('a plugin', () => {
  it.each([
    ['is broken', 'export default {', 'cannot be loaded: '],
    ['exports nothing', 'export const name = "bell"', 'does not export a sender as default'],
    ['has a bad name', 'export default { name: "Bell!", send() {} }', 'has a bad name'],
    [
      'makes no sender',
      'export default { name: "bell", create() {} }',
      'The create of the sender bell returned no sender',
    ],
    [
      'has a timeout that is none',
      'export default { name: "bell", send() {}, timeout: Infinity }',
      'The timeout of the sender bell must be seconds, above 0 and at most 86400.',
    ],
    [
      'makes a sender with a timeout that is none',
      'export default { name: "bell", create: async () => ({ name: "bell", send() {}, timeout: "5" }) }',
      'The timeout of the sender bell must be seconds',
    ],
    [
      'has a largest batch that is none',
      'export default { name: "bell", send() {}, maxBatch: 0.5 }',
      'The maxBatch of the sender bell must be a whole number of pushes, at least 1.',
    ],
    [
      'sends to addresses of a kind that does not exist',
      'export default { name: "bell", send() {}, addressKinds: ["slack", "slak"] }',
      "The addressKinds of the sender bell must be a list of fcm, apns, webpush, slack, discord, telegram, teams: 'slak' is none",
    ],
    [
      'names one kind of addresses without a list',
      'export default { name: "bell", create: () => ({ name: "bell", send() {}, addressKinds: "slack" }) }',
      'The addressKinds of the sender bell must be a list of fcm',
    ],
  ])('that %s is refused with a sentence', async (_, source, sentence) => {
    const error: unknown = await start(source).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(SetupError)
    expect((error as Error).message).toContain(sentence)
  })

  it('that is not there is refused with the place where it was looked for', async () => {
    const error: unknown = await loadPlugin('./no/bell.ts').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(SetupError)
    expect((error as Error).message).toBe(
      `The sender plugin ./no/bell.ts cannot be loaded: there is no file ${resolve('no/bell.ts')}`,
    )
  })

  it('that is named in several ways is loaded once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const [path, link, other] = ['my bell.mjs', 'link.mjs', 'other.mjs'].map((name) => join(folder, name))
    for (const file of [path!, other!]) await writeFile(file, 'export default { name: "my.Bell", send() {} }')
    await symlink(path!, link!)
    const ways = [path!, relative('.', path!), `${folder}/../${folder.split('/').at(-1)}/my bell.mjs`, link!]
    const loaded = await loadPlugins([...ways, pathToFileURL(path!).href, pathToFileURL(link!).href, path!])
    expect(loaded).toMatchObject([{ sender: { name: 'my.Bell' } }])
    await expect(loadAll(undefined, [path!, other!])).rejects.toThrow(
      `Two senders are called my.Bell: one is in ${path!}, the other is in ${other!}. Rename the other.`,
    )
  })

  it.each(['file://elsewhere/bell.mjs', 'file:///no/bell.mjs', 'file:%'])(
    'at %s, which leads to no file here, is refused with a sentence',
    async (url) => {
      const error: unknown = await loadPlugins([url]).catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        name: 'SetupError',
        message: expect.stringContaining('cannot be loaded') as string,
      })
    },
  )

  it('with the name of a built-in sender or a hook is refused with its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const [slack, bell, hooks] = [join(folder, 'slack.mjs'), join(folder, 'bell.mjs'), join(folder, 'hooks.json')]
    await writeFile(slack, 'export default { name: "sendslack", send() {} }')
    await writeFile(bell, 'export default { name: "bell", send() {} }')
    await writeFile(hooks, '[{ "name": "bell", "url": "http://127.0.0.1:9000", "secret": "a-long-enough-secret" }]')
    await expect(loadAll(undefined, [slack])).rejects.toThrow(
      `Two senders are called sendslack: one comes with Carillon, the other is in ${slack}. Rename the other.`,
    )
    await expect(loadAll(hooks, [bell])).rejects.toThrow(
      `Two senders are called bell: one is in the hooks file ${hooks}, the other is in ${bell}. Rename the other.`,
    )
  })

  it('with the name of another sender is refused with a sentence', async () => {
    const senders = [
      { name: 'bell', send: async () => {} },
      { name: 'bell', send: async () => {} },
    ]
    await expect(setUpAll(senders)).rejects.toThrow('Two senders are called bell')
  })

  it.each([
    [
      'on load',
      'globalThis.isHeldUp = true; await new Promise(() => {})',
      /^The sender plugin .*bell\.mjs was not ready within 10 s/,
    ],
    [
      'when it is set up',
      'export default { name: "bell", create: () => (globalThis.isHeldUp = true, new Promise(() => {})) }',
      /^The sender bell was not ready within 10 s/,
    ],
  ])('that waits for ever %s is given up', async (_, source, sentence) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
      vi.unstubAllGlobals()
    })
    vi.stubGlobal('isHeldUp', false)
    const started = start(source).catch((reason: unknown) => reason)
    // A timer alone may still be the one for what comes before.
    await vi.waitFor(() => expect([Reflect.get(globalThis, 'isHeldUp'), vi.getTimerCount()]).toEqual([true, 1]))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(((await started) as Error).message).toMatch(sentence)
  })
})
