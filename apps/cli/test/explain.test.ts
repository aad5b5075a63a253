import { expect, test } from 'vitest'
import { onServer } from './on-server.ts'

test('explain prints each check, and what to do', async () => {
  const checks = [
    { check: 'pusher', state: 'ok', sentence: 'The pusher lupino exists.' },
    { check: 'address', state: 'blocks', sentence: 'lupino has no email address.', action: 'Set the email of lupino.' },
  ]
  const { run, seen, received } = await onServer(() => ({ body: { pusher: 'lupino', sender: 'sendmail', checks } }))
  await run('explain', 'lupino', 'sendmail')
  expect(seen.out).toBe(
    'ok  pusher  The pusher lupino exists.\nblocks  address  lupino has no email address. → Set the email of lupino.\n',
  )
  expect(received.map(({ url }) => url)).toEqual(['/v1/explain?pusher=lupino&sender=sendmail'])
})
