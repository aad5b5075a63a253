import { execFile } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { npmCommand } from '../../scripts/install.mjs'

export const root = join(import.meta.dirname, '../..')
/** Of examples/embedding. */
const examples = ['hono.ts', 'node-http.ts', 'worker.ts']

/** Plain JavaScript that imports nothing. */
const plugin = `export default {
  name: 'bell',
  send: async ({ pusher, data }) => console.log('bell: ' + pusher.nickname + ' ' + data.text),
}`

/** The test that docs/senders/writing.md shows, of the sender beside it. */
async function pluginTest(): Promise<Record<string, string>> {
  const page = await readFile(join(root, 'docs/senders/writing.md'), 'utf8')
  const test = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!).find((code) => code.includes('vitest'))
  const sender = await readFile(join(root, 'examples/senders/chat.ts'), 'utf8')
  return { 'chat.ts': sender, 'chat.test.ts': test! }
}

/** Pushes once through each sender. */
const pushes = `
import { createClient } from '@carillon/client'
const client = createClient({ url: process.argv[2] })
await client.addPusher('lupino', { email: 'lupino@example.com', nickname: 'Lupino' })
await client.push('sendmail', 'lupino', '{"subject":"Hello","text":"Hi {{ pusher.nickname }}"}', { force: true })
await client.push('bell', 'lupino', '{"text":"ding"}', { force: true })
client.close()`

/** Whether a class is the same, whichever package it comes from. */
const classes = `
import * as carillon from 'carillon'
import * as client from '@carillon/client'
import * as contract from '@carillon/contract'
console.log(carillon.CarillonError === contract.CarillonError, client.CarillonError === contract.CarillonError)
const { connectLive } = await import('@carillon/client/live')
const { ApiError, channelsFrom } = await import('@carillon/client/channels')
console.log(client.ApiError === ApiError, typeof channelsFrom, typeof connectLive)
const { joinSession } = await import('@carillon/client/sessions/join')
console.log(typeof joinSession)
console.log(carillon.RetryableError === contract.RetryableError)`

/** Only type-checked. */
const typed = `
import type { IncomingMessage } from 'node:http'
import { createClient, type Pusher } from '@carillon/client'
import { authEndpoints, type Channels, channelsFrom, onNode } from '@carillon/client/channels'
import { connectLive, type Live } from '@carillon/client/live'
import { subscribePush } from '@carillon/client/push'
import { joinSession, type SessionStream } from '@carillon/client/sessions/join'
import { defineSender, RetryableError } from '@carillon/contract'
import { connect, createApi, createWorker, requestListener, standardSenders } from 'carillon'
import * as z from 'zod'

const chat = defineSender({
  name: 'chat',
  options: z.object({ CHAT_URL: z.url() }),
  data: z.object({ text: z.string() }),
  create: ({ CHAT_URL }) => ({
    async send({ data, signal }) {
      const body: string = data.text
      const { ok } = await fetch(CHAT_URL, { method: 'POST', body, signal })
      if (!ok) throw new RetryableError('The room is closed.', { after: 30 })
    },
  }),
})
const carillon = await connect({ senders: [chat] })
export const api = requestListener(await createApi(carillon, { key: 'k', secret: 's' }))
export const worker = await createWorker(carillon, { senders: [...standardSenders, chat], env: process.env })
export const pusher: Pusher | null = await createClient({ url: 'http://localhost:6001' }).getPusher('lupino')
export const channels: Channels = channelsFrom('http://k:s@localhost:6001/apps/1', { payloadLimit: 20 })
const endpoints = authEndpoints(channels, { whoIs: () => ({ id: 'lupino' }), mayJoin: () => false })
export const answer: Response = await endpoints.user(new Request('http://localhost'))
export const listener = onNode(authEndpoints(channels, { whoIs: (_: IncomingMessage) => null, mayJoin: () => false }).user)
export const live: Live = connectLive({ url: 'http://localhost:6001', key: 'k' })
export const id: string = await live.signIn()
const room = await live.join('presence-room', (members) => members.map(({ isMe }) => isMe))
export const isIn: boolean = room.subscribed
const session = await joinSession('http://localhost:6001', { sessionId: 's', token: 't' })
export const streams: SessionStream[] = session.streams
session.on('connectionCreated', ({ connection: { role } }) => {
  // @ts-expect-error: no such role
  return role === 'owner'
})
export const ring = (): Promise<{ id: string }> => subscribePush({ url: 'http://localhost:6001', token: () => 't' })
// @ts-expect-error: no such option
connectLive({ url: 'http://localhost:6001', app: 1 })
// @ts-expect-error: no such option
await connect({ databaseURL: '' })
// @ts-expect-error: what the parts stand on is not for others
carillon.store
`

const tsconfig = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    strict: true,
    noEmit: true,
    // The installed types hold without leniency.
    skipLibCheck: false,
  },
}

const files = {
  'package.json': '{"type":"module"}',
  'plugin.js': plugin,
  'pushes.js': pushes,
  'classes.js': classes,
  'typed.ts': typed,
  'tsconfig.json': JSON.stringify({ ...tsconfig, files: ['typed.ts', ...examples] }),
}

export const run = promisify(execFile)

export function npm(args: string[], cwd: string): Promise<{ stdout: string }> {
  const { command, args: before, shell } = npmCommand(process.env, process.platform)
  return run(command, [...before, ...args], { cwd, shell })
}

/** Packs, and installs what was packed into an empty project. @returns the names of the packed files. */
export async function makeProject(folder: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, ['scripts/run.mjs', 'scripts/pack.ts', folder], { cwd: root })
  const packed = stdout.trim().split('\n')
  const all = { ...files, ...(await pluginTest()) }
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text)
  for (const name of examples) await cp(join(root, 'examples/embedding', name), join(folder, name))
  const wanted = [...packed.map((file) => `./${file}`), '@types/node@24', 'hono@4', 'vitest@5', 'zod@4']
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...wanted], folder)
  return packed
}
