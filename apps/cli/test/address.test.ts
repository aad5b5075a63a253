import { expect, test } from 'vitest'
import { onServer } from './on-server.ts'

const address = {
  id: '7',
  kind: 'fcm',
  address: '…a1B2c3',
  seenAt: 1.5,
  label: 'Pixel\n9',
  blocked: [{ as: 'disabled', reason: 'SENDER_ID_MISMATCH', since: 1 }],
}
const suppressed = { as: 'suppressed', sender: 'sendmail', reason: 'hard bounce', since: 1 }
const LINE = '7  fcm  …a1B2c3  1970-01-01T00:00:01.500Z  Pixel 9  disabled: SENDER_ID_MISMATCH\n'

/** The command, on a server that knows some addresses. */
async function start() {
  const mail = { address: 'a@x.y', blocked: [suppressed] }
  const { run, ...rest } = await onServer(({ method, url }) => {
    const none = url.includes('nobody')
    if (method === 'GET') return { body: { addresses: none ? [] : [address], mail: none ? null : mail, phone: null } }
    return { body: method === 'PUT' ? { address } : { result: 'OK' } }
  })
  return { run: (...args: string[]) => run('address', ...args), ...rest }
}

test('address list', async () => {
  const { run, seen } = await start()
  await run('list', 'lupino')
  expect(seen.out).toBe(`-  mail  a@x.y  -  -  suppressed for sendmail: hard bounce\n${LINE}`)
  await run('list', 'nobody')
  expect(seen.err).toBe('The pusher has no address.\n')
})

test('address add', async () => {
  const { run, seen, received } = await start()
  const more = ['--target', 'org.app', '--environment', 'sandbox', '--platform', 'ios']
  await run('add', 'lupino', 'apns', '0a0a', ...more, '--locale', 'de', '--timezone', 'UTC', '--label', 'Ann’s phone')
  await run('add', 'lupino', 'webpush', '{"endpoint":"https://a"}')
  expect(seen.out).toBe(LINE + LINE)
  const route = { method: 'PUT', url: '/v1/pushers/lupino/addresses' }
  const fields = { target: 'org.app', environment: 'sandbox', platform: 'ios', locale: 'de', timezone: 'UTC' }
  expect(received).toMatchObject([
    { ...route, fields: { kind: 'apns', token: '0a0a', ...fields, label: 'Ann’s phone' } },
    { ...route, fields: { kind: 'webpush', subscription: '{"endpoint":"https://a"}' } },
  ])
  expect(Object.keys(received[1]!.fields)).toEqual(['kind', 'subscription'])
  await expect(run('add', 'lupino', 'webpush', 'token')).rejects.toThrow('For webpush, give the subscription as JSON')
})

test('address remove', async () => {
  const { run, seen, received } = await start()
  await run('remove', 'lupino', '7')
  await run('remove', 'lupino', '8', '9')
  expect(seen.out).toBe('1 address removed.\n2 addresses removed.\n')
  expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'DELETE /v1/pushers/lupino/addresses/7',
    'DELETE /v1/pushers/lupino/addresses/8',
    'DELETE /v1/pushers/lupino/addresses/9',
  ])
})
