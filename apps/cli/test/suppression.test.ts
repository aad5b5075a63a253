import { expect, test } from 'vitest'
import { onServer } from './on-server.ts'

const suppression = { id: '7', sender: 'sendmail', address: 'a***@x.y', reason: 'hard\nbounce', since: 1.5 }
const LINE = '7  1970-01-01T00:00:01.500Z  sendmail  a***@x.y  hard bounce\n'

/** The command, on a server that knows some suppressions. */
async function start(known = [suppression]) {
  const { run, ...rest } = await onServer(({ method }) => {
    if (method === 'GET') return { body: { suppressions: known } }
    return { body: method === 'POST' ? { suppression } : { result: 'OK' } }
  })
  return { run: (...args: string[]) => run('suppression', ...args), ...rest }
}

test('suppression list', async () => {
  const { run, seen, received } = await start()
  await run('list')
  await run('list', '--sender', 'sendmail', '--address', 'a@x.y', '--after', '9', '--size', '5')
  expect(seen.out).toBe(LINE + LINE)
  expect(received.map(({ url }) => url)).toEqual([
    '/v1/suppressions',
    '/v1/suppressions?sender=sendmail&address=a%40x.y&after=9&size=5',
  ])
  await expect(run('list', '--size', '0')).rejects.toThrow('--size must be a positive whole number.')
})

test('suppression add', async () => {
  const { run, seen, received } = await start()
  await run('add', 'sendmail', 'a@x.y', '--reason', 'asked for it')
  expect(seen.out).toBe(LINE)
  const content = { sender: 'sendmail', address: 'a@x.y', reason: 'asked for it' }
  expect(received).toMatchObject([{ method: 'POST', url: '/v1/suppressions', fields: content }])
})

test('suppression lift, by id and by address', async () => {
  const { run, seen, received } = await start()
  await run('lift', '3', '4')
  await run('lift', '--address', 'a@x.y', '--sender', 'sendmail')
  expect(seen.out).toBe('2 suppressions lifted.\n1 suppression lifted.\n')
  expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'DELETE /v1/suppressions/3',
    'DELETE /v1/suppressions/4',
    'GET /v1/suppressions?sender=sendmail&address=a%40x.y&size=100',
    'DELETE /v1/suppressions/7',
  ])
})

test.each([[[]], [['3', '--address', 'a@x.y']]])('suppression lift %j says what it lacks', async (args) => {
  const { run } = await start()
  await expect(run('lift', ...args)).rejects.toThrow('Select suppressions: ids, or --address.')
})

test('suppression lift says when an address is not suppressed', async () => {
  const { run } = await start([])
  await expect(run('lift', '--address', 'a@x.y')).rejects.toThrow('That address is not suppressed.')
})
