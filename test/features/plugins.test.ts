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
  'a plugin whose package.json makes it no module says how it becomes one',
  async () => {
    const files = { 'package.json': '{ "type": "commonjs" }', 'bell.js': 'export default { name: "bell", send() {} }' }
    const { said } = await startWith(files, { SENDERS: './bell.js' })
    expect(said).toContain(
      'The sender plugin ./bell.js cannot be loaded: Unexpected token \'export\'. Set "type": "module" in the package.json beside it, or name the file .mts, or .mjs.',
    )
  },
  slow,
)

it(
  'a rate limits a plugin of any name, and one for a sender that is not there is told',
  async () => {
    const folder = await usedFolder()
    const source = 'export default { name: "my.Bell", send: ({ raw }) => void console.log(`rung ${raw}`) }'
    await writeFile(join(folder, 'bell.mjs'), source)
    const env = { SENDERS: `./bell.mjs,${join(folder, 'bell.mjs')}`, RATE_MY_BELL: '20/h', RATE_SENDSSM: '1/s' }
    const server = await carillon(['start', '--port', '0'], env, folder)
    const client = createClient({ url: await addressOf(server) })
    expect(server.said()).toContain('RATE_SENDSSM has no effect')
    expect(server.said()).not.toContain('RATE_MY_BELL')
    onTestFinished(() => client.close())
    await client.addPusher('lupino')
    for (const beat of ['1', '2', '3']) await client.push('my.Bell', 'lupino', beat, { force: true })
    await waitFor(async () => {
      const senders = await client.getSenders()
      return senders.find(({ name, active }) => name === 'my.Bell' && active === 0)?.waiting === 1
    })
    const metrics = await (await fetch(`${await addressOf(server)}/metrics`)).text()
    expect(metrics).toMatch(/^carillon_\w+\{.*sender="my\.Bell".*\} \d/m)
    expect(server.said().match(/^rung \d/gm)).toHaveLength(2)
  },
  slow,
)

/** Each push says what goes wrong in its first try, outside of the promise that `send` returned. */
const stray = `import { EventEmitter } from 'node:events'
import { connect } from 'node:net'
const never = new Promise(() => {})
const ways = {
  timer: () => void setTimeout(() => { throw new Error('the text of timer') }),
  rejection: () => void Promise.reject(new Error('the text of rejection')),
  later: async () => { await new Promise((resolve) => setTimeout(resolve, 5)); throw new Error('the text of later') },
  emitter: () => void setImmediate(() => new EventEmitter().emit('error', new Error('the text of emitter'))),
  socket: () => void connect(1, '127.0.0.1'),
  text: () => void setTimeout(() => { throw 'the text of text' }),
  nothing: () => void Promise.reject(),
  frozen: () => void setTimeout(() => { throw Object.freeze({ toString() { throw new Error('no') } }) }),
  stackless: () => void setTimeout(() => { const error = new Error('the text of stackless'); delete error.stack; error.stack = undefined; throw error }),
  exit: () => process.exit(0),
  kill: () => process.kill(process.pid, 'SIGKILL'),
}
export default {
  name: 'stray',
  async send({ raw, attempt }) {
    if (attempt > 1) return
    void ways[raw]()
    await never
  },
}`

const STRAYS = ['timer', 'rejection', 'later', 'emitter', 'socket', 'text', 'nothing', 'frozen', 'stackless']

async function startStray() {
  const folder = await usedFolder()
  await writeFile(join(folder, 'stray.mjs'), stray)
  const server = await carillon(['start', '--port', '0'], { SENDERS: './stray.mjs', LOG_LEVEL: 'error' }, folder)
  const client = createClient({ url: await addressOf(server) })
  onTestFinished(() => client.close())
  await client.addPusher('lupino')
  return { server, client }
}

it(
  'what a plugin throws outside of its promise ends no process, is logged under its name, and the push is tried again',
  async () => {
    const { server, client } = await startStray()
    for (const way of STRAYS) await client.push('stray', 'lupino', way, { force: true })
    const sent = () => client.getPushes({ sender: 'stray', state: 'sent' })
    await waitFor(async () => (await sent()).length === STRAYS.length, { timeout: 40_000 })
    const lines = server.said().match(/^.* ERROR a sender threw .*sender=stray.*$/gm)
    expect(lines).toHaveLength(STRAYS.length)
    expect(server.said()).not.toContain('the text of')
    expect(server.said()).toMatch(/^ +at .*stray\.mjs/m)
    const pushes = await sent()
    const reasons = await Promise.all(
      pushes.map(
        async ({ id }) => (await client.getPush(id))?.timeline.find(({ event }) => event === 'failed')?.reason,
      ),
    )
    expect(reasons).toEqual(
      expect.arrayContaining(['timer', 'text'].map((way) => `Uncaught error: the text of ${way}`)),
    )
  },
  slow,
)

it.each(['exit', 'kill'])(
  'a plugin that ends the process by %s is named',
  async (way) => {
    const { server, client } = await startStray()
    await client.push('stray', 'lupino', way, { force: true })
    expect(await server.exit()).toBe(way === 'exit' ? 1 : 'SIGKILL')
    expect(server.said()).toMatch(/ERROR a sender ended the process .*sender=stray/)
  },
  slow,
)

it(
  'a plugin that throws in a timer while the server starts is named',
  async () => {
    const source = 'setTimeout(() => { throw new Error("boom") }); export default { name: "bell", send() {} }'
    const { code, said } = await startWith({ 'bell.mjs': source }, { SENDERS: './bell.mjs' })
    expect(code).toBe(1)
    expect(said).toMatch(/^The sender .*bell.* threw an uncaught error:/m)
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
