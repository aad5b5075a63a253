import { createApi } from '@carillon/api'
import { createClient } from '@carillon/client'
import { listen } from '@carillon/http'
import { expect, onTestFinished, test } from 'vitest'
import { fakeParts } from '../../api/test/fakes.ts'
import type { Io } from '../io.ts'
import { createProgram } from '../program.ts'
import { onServer } from './on-server.ts'

const category = { name: 'news', title: 'News', description: '', required: false, default: { sendsms: 'off' } }
const choices = [{ category: 'news', sender: null, value: 'off' }]

/** The command line, on a server that knows a category and a choice. */
function start() {
  const body = { category, categories: [category], choices, result: 'OK', name: 'n', checks: [] }
  return onServer(() => ({ body }))
}

test('category list, put and remove', async () => {
  const { run, seen, received } = await start()
  const line = 'news  News  optional  sendsms=off\n'
  await run('category', 'list')
  await run('category', 'put', 'news')
  await run('category', 'put', 'news', '--title', 'News', '--required', '--default', 'sendsms=off', 'sendpush=on')
  await run('category', 'remove', 'news')
  expect(seen.out).toBe(`${line}${line}${line}news removed.\n`)
  const fields = { title: 'News', required: 'true', default: '{"sendsms":"off","sendpush":"on"}' }
  expect(received).toMatchObject([
    { method: 'GET', url: '/v1/categories' },
    { method: 'PUT', url: '/v1/categories/news', fields: { required: 'false', default: '{}' } },
    { method: 'PUT', url: '/v1/categories/news', fields },
    { method: 'DELETE', url: '/v1/categories/news' },
  ])
  await expect(run('category', 'put', 'news', '--default', 'sendsms')).rejects.toThrow('such as sendsms=off')
})

test('preference list and set', async () => {
  const { run, seen, received } = await start()
  await run('preference', 'list', 'lupino')
  await run('preference', 'set', 'lupino', 'off', '--category', 'news', '--sender', 'sendmail')
  expect(seen.out).toBe('category news  all senders  off\n'.repeat(2))
  expect(received).toMatchObject([
    { method: 'GET', url: '/v1/pushers/lupino/preferences' },
    { method: 'PUT', url: '/v1/pushers/lupino/preferences' },
  ])
  await expect(run('preference', 'set', 'lupino', 'off')).rejects.toThrow('--category, --sender or both')
})

test('push sends in quiet hours if that is asked for', async () => {
  const { run, received } = await start()
  await run('push', 'sendmail', 'lupino', 'x')
  await run('push', 'sendmail', 'lupino', 'x', '--urgent')
  await run('push', 'sendmail', 'lupino', 'x', '--priority', 'high')
  expect(received.map(({ fields }) => fields)).toMatchObject([
    { urgent: 'false' },
    { urgent: 'true' },
    { urgent: 'false', priority: 'high' },
  ])
})

test('preference quiet-hours', async () => {
  const pusher = {
    id: 'lupino',
    timezone: 'Asia/Tokyo',
    quietHours: { from: '22:00', to: '07:00', days: ['fri', 'sat'] },
  }
  const { run, seen, received } = await onServer(() => ({ body: { result: 'OK', pusher } }))
  await run('preference', 'quiet-hours', 'lupino')
  expect(seen.out).toBe('22:00 to 07:00 on fri, sat, in Asia/Tokyo\n')
  expect(received.splice(0)).toMatchObject([{ method: 'GET' }])
  await run('preference', 'quiet-hours', 'lupino', '22:00-07:00 fri sat', '--timezone', 'Asia/Tokyo')
  await run('preference', 'quiet-hours', 'lupino', 'OFF')
  await run('preference', 'quiet-hours', 'lupino', 'default')
  await run('preference', 'quiet-hours', 'lupino', '--timezone', '')
  expect(received.filter(({ method }) => method === 'POST').map(({ fields }) => fields)).toEqual([
    { quietHours: JSON.stringify(pusher.quietHours), timezone: 'Asia/Tokyo' },
    { quietHours: 'off' },
    { quietHours: 'null' },
    { timezone: 'null' },
  ])
  await expect(run('preference', 'quiet-hours', 'lupino', 'night')).rejects.toThrow('such as 22:00-07:00')
})

test('unsubscribe-link', async () => {
  const { run, seen, received } = await onServer(() => ({ body: { url: 'https://bells.example.com/u/x' } }))
  await run('unsubscribe-link', 'lupino', '--category', 'news')
  await run('unsubscribe-link', 'lupino', '--sender', 'sendsms')
  expect(seen.out).toBe('https://bells.example.com/u/x\n'.repeat(2))
  const url = '/v1/pushers/lupino/unsubscribe-link'
  expect(received).toMatchObject([
    { method: 'POST', url, fields: { sender: 'sendmail', category: 'news' } },
    { method: 'POST', url, fields: { sender: 'sendsms' } },
  ])
})

test('push and explain of a category', async () => {
  const { run, received } = await start()
  await run('push', 'sendmail', 'lupino', 'x', '--category', 'news')
  await run('explain', 'lupino', 'sendmail', '--category', 'news')
  expect(received).toMatchObject([
    { method: 'POST', fields: { category: 'news' } },
    { method: 'GET', url: '/v1/explain?pusher=lupino&sender=sendmail&category=news' },
  ])
})

test('a required category is switched off neither by the command nor by the client', async () => {
  const deps = fakeParts({ open: true })
  const listening = await listen(createApi(deps), { host: '127.0.0.1', port: 0 })
  const client = createClient({ url: `http://127.0.0.1:${listening.port}` })
  onTestFinished(async () => {
    client.close()
    await listening.close(0)
  })
  const refused = 'the category invoices is required and cannot be switched off'
  const io: Partial<Io> = { env: {}, print: () => {}, complain: () => {} }
  const run = (...args: string[]) =>
    createProgram(io as Io).parseAsync(['node', 'carillon', ...args, '--port', String(listening.port)])
  for (const sender of [[], ['--sender', 'sendsms']])
    await expect(run('preference', 'set', 'lupino', 'off', '--category', 'invoices', ...sender)).rejects.toThrow(
      refused,
    )
  await expect(client.setPreferences('lupino', [{ category: 'invoices', value: 'off' }])).rejects.toThrow(refused)
  expect(deps.calls).toEqual([])
  await client.setPreferences('lupino', [{ category: 'news', value: 'off' }])
  expect(deps.calls).toHaveLength(1)
})
