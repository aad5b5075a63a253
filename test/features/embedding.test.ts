import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CarillonClient, createClient, signRequest } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freePort } from '../services/place.ts'
import { newDataDir } from '../services/data-dir.ts'

/** An example starts within seconds; a busy machine may take ten times as long. */
const TIMEOUT = { timeout: 60_000 }

const root = join(import.meta.dirname, '../..')
const credentials = { key: 'shop', secret: 's3cret' }

describe.each(['node-http', 'express', 'hono'])('examples/embedding/%s.ts', (name) => {
  it('serves the API beside its own page, and stops on request', TIMEOUT, async () => {
    const port = await freePort()
    const example = await run(name, { PORT: String(port), APP_KEY: credentials.key, APP_SECRET: credentials.secret })
    const url = `http://127.0.0.1:${port}`
    await waitFor(async () => (await (await fetch(`${url}/hello`)).text()) === 'A page of my own', TIMEOUT)
    expect((await fetch(`${url}/hello`)).headers.get('keep-alive')).toBe('timeout=75')
    await exerciseApi(url)
    if (name === 'express') await exerciseLaterRoute(url)
    if (name === 'hono') await exerciseOwnRoute(url)
    expect(await endOf(example)).toBe(0)
  })
})

describe('examples/embedding/worker.ts', () => {
  it('runs a sender of its own in its own process, and stops on request', TIMEOUT, async () => {
    const example = await run('worker', {})
    const [line] = await once(example.stdout!.setEncoding('utf8'), 'data')
    expect(line).toBe('Lupino: Your parcel is here.\n')
    expect(await endOf(example)).toBe(0)
  })
})

/** On Postgres where there is one: it is there at once, while the embedded one takes seconds to boot. */
async function run(name: string, env: Record<string, string>): Promise<ChildProcess> {
  const place = hasPostgres ? await placeOnPostgres() : await placeInFolder()
  const example = spawn(process.execPath, [join(root, 'examples/embedding', `${name}.ts`)], {
    env: { ...process.env, ...place, ...env, REDIS_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void example.kill('SIGKILL'))
  return example
}

async function placeOnPostgres(): Promise<Record<string, string>> {
  const database = await freshDatabase()
  onTestFinished(database.drop)
  return { DATABASE_URL: database.url }
}

async function placeInFolder(): Promise<Record<string, string>> {
  const folder = await newDataDir()
  onTestFinished(() => rm(folder, { recursive: true }))
  return { DATA_DIR: folder, DATABASE_URL: '' }
}

/** Both signatures cover what a host could spoil: the path as it was sent, and the body. */
async function exerciseApi(url: string): Promise<void> {
  for (const signature of ['v1', 'v2'] as const) {
    const client = createClient({ url, ...credentials, signature })
    onTestFinished(client.close)
    await exercisePushes(client)
  }
  const unsigned = await fetch(`${url}/pusher/pushers/`)
  expect([unsigned.status, await unsigned.json()]).toEqual([401, { err: 'Invalid X-App-Key', code: 'invalid_app_key' }])
}

async function exercisePushes(client: CarillonClient): Promise<void> {
  const id = 'a/b 李雷'
  await client.addPusher(id, { nickname: 'Lu', attributes: { plan: 'gold' } })
  await client.addSender('bell', id)
  const answered = await client.pushMany([{ sender: 'bell', pusher: id, data: 'ding' }])
  expect(answered).toMatchObject([{ result: 'OK', name: expect.stringMatching(/^a\/b 李雷_[0-9a-f]{32}$/) }])
  expect(await client.getPusher(id)).toMatchObject({ nickname: 'Lu', senders: ['bell'], attributes: { plan: 'gold' } })
  await expect(client.push('bell', 'nobody', 'ding')).rejects.toMatchObject({ status: 404, code: 'pusher_not_found' })
}

async function exerciseLaterRoute(url: string): Promise<void> {
  expect(await (await fetch(`${url}/orders`)).text()).toBe('No such page')
}

async function exerciseOwnRoute(url: string): Promise<void> {
  const headers = signRequest({ method: 'GET', pathAndQuery: '/whoami', body: '', ...credentials })
  expect(await (await fetch(`${url}/whoami`, { headers })).json()).toEqual({ key: 'shop' })
  const unsigned = await fetch(`${url}/whoami`)
  expect([unsigned.status, await unsigned.json()]).toEqual([401, { err: 'Invalid X-App-Key', code: 'invalid_app_key' }])
}

/** The exit code: nothing may be left open that would keep the process alive. */
async function endOf(example: ChildProcess): Promise<number | null> {
  const exit = once(example, 'exit')
  example.kill('SIGTERM')
  const [code] = await exit
  return code
}
