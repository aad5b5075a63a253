import { expect, onTestFinished, test } from 'vitest'
import type { Io } from '../io.ts'
import { createProgram } from '../program.ts'
import { startVerifyingServer } from '../../../test/services/verifying-server.ts'

test('explain prints each check, and what to do', async () => {
  const checks = [
    { check: 'pusher', state: 'ok', sentence: 'The pusher lupino exists.' },
    { check: 'address', state: 'blocks', sentence: 'lupino has no email address.', action: 'Set the email of lupino.' },
  ]
  const server = await startVerifyingServer({
    answer: () => ({ body: { pusher: 'lupino', sender: 'sendmail', checks } }),
  })
  onTestFinished(server.close)
  let out = ''
  const io: Partial<Io> = { env: {}, terminal: false, print: (text) => void (out += text) }
  const { port } = new URL(server.url)
  await createProgram(io as Io).parseAsync(['node', 'carillon', 'explain', 'lupino', 'sendmail', '--port', port])
  expect(out).toBe(
    'ok  pusher  The pusher lupino exists.\nblocks  address  lupino has no email address. → Set the email of lupino.\n',
  )
  expect(server.received.map(({ url }) => url)).toEqual(['/v1/explain?pusher=lupino&sender=sendmail'])
})
