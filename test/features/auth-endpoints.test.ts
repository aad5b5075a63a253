import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { liveOn } from '../services/application.ts'
import { freePort } from '../services/place.ts'
import { appWith, startInMemory } from '../services/realtime.ts'

/** An example starts within seconds; a busy machine may take ten times as long. */
const TIMEOUT = { timeout: 60_000 }

const app = appWith()

describe.each(['hono', 'express'])('examples/auth-endpoints/%s.ts', (name) => {
  it('admits users who have a session, and stops on request', TIMEOUT, async () => {
    const node = (await startInMemory({ apps: [app] })).nodes[0]!
    const { at, end } = await run(name, `http://${app.key}:${app.secrets[0]!.secret}@127.0.0.1:${node.port}/apps/3`)
    const lupino = liveOn(node, app, { at, headers: () => ({ Cookie: 'session=s1' }) })
    expect(await lupino.signIn()).toBe('lupino')
    await lupino.subscribe('private-inbox-lupino', () => {})
    const lists: unknown[] = []
    await lupino.join('presence-lobby', (members) => lists.push(members))
    expect(lists).toEqual([[{ id: 'lupino', info: { name: 'Lupino' }, isMe: true }]])
    const other = lupino.subscribe('private-inbox-ann', () => {})
    await expect(other).rejects.toThrow('lupino may not join private-inbox-ann')
    await expect(liveOn(node, app, { at }).signIn()).rejects.toThrow('No user is signed in to this application')
    expect(await end()).toBe(0)
  })
})

async function run(name: string, url: string) {
  const port = await freePort()
  const file = join(import.meta.dirname, '../../examples/auth-endpoints', `${name}.ts`)
  const env = { ...process.env, PORT: String(port), CARILLON_CHANNELS_URL: url }
  const example = spawn(process.execPath, [file], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  onTestFinished(() => void example.kill('SIGKILL'))
  const at = `http://127.0.0.1:${port}`
  await waitFor(() => fetch(at), TIMEOUT)
  const end = async () => {
    const exit = once(example, 'exit')
    example.kill('SIGTERM')
    return (await exit)[0] as number | null
  }
  return { at, end }
}
