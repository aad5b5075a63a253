import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { startVerifyingServer } from '../services/verifying-server.ts'
import type { Answer, Received } from '../services/verifying-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('the program of docs/client.md runs', async () => {
  const server = await startVerifyingServer({ key: 'demo', secret: 's3cret', answer })
  onTestFinished(server.close)
  const page = readFileSync(`${root}docs/client.md`, 'utf8')
  const program = page
    .split('```ts\n')
    .slice(1)
    .map((rest) => rest.split('```')[0])
    .join('\n')
  const env = { ...process.env, CARILLON_URL: server.url, CARILLON_KEY: 'demo', CARILLON_SECRET: 's3cret' }
  // Evaluated in the workspace, so that @carillon/client is found.
  const args = ['--input-type=module-typescript', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  expect(stdout.split('\n')).toEqual([
    'nobody: pusher nobody not exists.',
    '404 pusher_not_found pusher nobody not exists.',
    'X-App-Key X-Request-Time X-Signature-Version X-Request-Nonce X-Request-Signature',
    '',
  ])
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /pusher/pushers/',
    'POST /pusher/sendmail/add',
    'POST /pusher/sendmail/push',
    'POST /pusher/sendmail/push',
    'POST /pusher/sendmail/cancelpush',
    'POST /v1/push',
    'POST /pusher/pushers/nobody/vip/',
  ])
})

function answer({ url }: Received): Answer {
  const refused = { err: 'pusher nobody not exists.', code: 'pusher_not_found' }
  if (url === '/v1/push') return { body: { results: [{ result: 'OK', name: 'lupino_1' }, refused] } }
  if (url.includes('nobody')) return { status: 404, body: refused }
  return { body: { result: 'OK', name: 'lupino_1' } }
}
