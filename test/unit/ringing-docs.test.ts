import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { startVerifyingServer } from '../services/verifying-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('the program of docs/ringing.md runs', async () => {
  const answer = () => ({ body: { result: 'OK', name: 'lupino_1' } })
  const server = await startVerifyingServer({ key: 'demo', secret: 's3cret', answer })
  onTestFinished(server.close)
  const page = readFileSync(`${root}docs/ringing.md`, 'utf8')
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code)
  const env = { ...process.env, CARILLON_URL: server.url, CARILLON_KEY: 'demo', CARILLON_SECRET: 's3cret' }
  // Evaluated in the workspace, so that @carillon/client is found.
  const args = ['--input-type=module-typescript', '--eval', blocks.join('\n')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  expect(JSON.parse(Buffer.from(stdout.split('.')[1]!, 'base64url').toString())).toMatchObject({ sub: 'lupino' })
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /pusher/pushers/',
    'POST /pusher/sendpush/add',
    'POST /pusher/sendpush/push',
  ])
})
