import { describe, expect, test } from 'vitest'
import { onServer } from './on-server.ts'
import type { BroadcastStatus } from '@carillon/client'
import { broadcastLine, progressBar } from '../commands/broadcast.ts'
import { exampleBroadcast } from '../../api/test/fakes.ts'

const NAME = 'sendmail_1'
const over = { eta: null, rate: 2, finishedAt: 9 }
const done = exampleBroadcast({ state: 'done', sent: 3, dead: 1, pending: 0, ...over })

/** A server that answers each look with the next state, and the command on it. */
async function start(states: BroadcastStatus[], terminal = false) {
  const left = [...states]
  const { run, ...rest } = await onServer(({ method, url }) => {
    if (url.startsWith('/v1/broadcasts?') || url === '/v1/broadcasts') return { body: { broadcasts: states } }
    if (method === 'POST') return { body: { result: 'OK' } }
    const broadcast = left.shift()
    if (broadcast) return { body: { broadcast } }
    return { status: 404, body: { err: `There is no broadcast ${NAME}.`, code: 'broadcast_not_found' } }
  }, terminal)
  return { run: (...args: string[]) => run('broadcast', ...args), ...rest }
}

describe('broadcast watch', () => {
  test('prints a line whenever something changed, and ends when it is done', async () => {
    const first = exampleBroadcast()
    const { run, seen, received } = await start([first, first, done])
    await run('watch', NAME, '--every', '0.01')
    expect(seen.err).toBe(
      'The newest broadcast with this name: id 1, accepted 1970-01-01T00:00:01.000Z, no category.\n',
    )
    expect(seen.out).toBe(`${broadcastLine(first)}\n${broadcastLine(done)}\n`)
    expect(received.map(({ url }) => url)).toEqual(Array.from({ length: 3 }, () => `/v1/broadcasts/${NAME}`))
  })

  test('draws one bar where a person looks', async () => {
    const first = exampleBroadcast()
    const { run, seen } = await start([first, done], true)
    await run('watch', NAME, '--every', '0.01')
    expect(seen.out).toBe(`\r\x1b[K${progressBar(first)}\r\x1b[K${progressBar(done)}\n`)
  })

  test('fails when it was cancelled, when there is none, and for no interval', async () => {
    const cancelled = exampleBroadcast({ state: 'cancelled', pending: 0, ...over })
    const { run, seen } = await start([cancelled])
    await expect(run('watch', NAME)).rejects.toThrow(`The broadcast ${NAME} was cancelled.`)
    expect(seen.out).toBe(`${broadcastLine(cancelled)}\n`)
    await expect(run('watch', NAME)).rejects.toThrow(`There is no broadcast ${NAME}.`)
    await expect(run('watch', NAME, '--every', 'x')).rejects.toThrow('--every must be seconds, from 0.01 to 3600.')
  })
})

describe('broadcast send', () => {
  async function sending(...args: string[]) {
    const { run, seen, received } = await onServer(() => ({ body: { result: 'OK', name: NAME } }))
    await run('broadcast', 'send', ...args)
    expect(seen.out).toBe(`${NAME}\n`)
    expect(received).toHaveLength(1)
    const { method, url, fields } = received[0]!
    return { route: `${method} ${url}`, fields }
  }

  test('prints the name', async () => {
    const text = '{"subject":"News","text":"x"}'
    expect(await sending('sendmail', text)).toEqual({
      route: 'POST /pusher/sendmail/pushall',
      fields: { data: text, urgent: 'false' },
    })
    const about = ['--tag', 'vip', '--category', 'news', '--schedat', '1893456000', '--urgent']
    expect((await sending('sendmail', '--template', 'news', '--vars', '{"n": 1}', ...about)).fields).toEqual({
      template: 'news',
      vars: '{"n":1}',
      tag: 'vip',
      category: 'news',
      schedat: '1893456000',
      urgent: 'true',
    })
  })

  test.each([
    [[], 'Give the data, or --template.'],
    [['{}', '--template', 'news'], 'Give the data or --template, not both.'],
    [['{}', '--vars', '{}'], '--vars needs --template.'],
    [['{}', '--tag', ''], '--tag must not be empty.'],
    [['{}', '--schedat', 'tomorrow'], '--schedat must be Unix seconds.'],
  ])('with %j is refused here', async (args, sentence) => {
    const { run, received } = await onServer(() => ({ body: {} }))
    await expect(async () => run('broadcast', 'send', 'sendmail', ...args)).rejects.toThrow(sentence)
    expect(received).toEqual([])
  })
})

test('broadcast list', async () => {
  const { run, seen, received } = await start([exampleBroadcast({ id: '7', category: 'news' }), done])
  await run('list')
  const accepted = 'accepted 1970-01-01T00:00:01.000Z'
  expect(seen.out).toBe(
    `7  ${broadcastLine(exampleBroadcast())}  ${accepted}  category news\n1  ${broadcastLine(done)}  ${accepted}  no category\n`,
  )
  await run('list', '--after', '7')
  expect(received.at(-1)?.url).toBe('/v1/broadcasts?after=7')
})

test.each(['pause', 'resume', 'cancel'])('broadcast %s', async (word) => {
  const { run, received } = await start([])
  await run(word, NAME)
  expect(received).toMatchObject([{ method: 'POST', url: `/v1/broadcasts/${NAME}/${word}` }])
})

describe('a line', () => {
  test.each<[Partial<BroadcastStatus>, string]>([
    [{}, 'sendmail_1  running  of 4  sent 1  skipped 0  dead 0  pending 3  1/s  3 s left'],
    [{ totalIsEstimate: true }, 'sendmail_1  running  of about 4  sent 1  skipped 0  dead 0  pending 3  1/s  3 s left'],
    [
      { state: 'scheduled', total: null, sent: 0, pending: null, rate: null, eta: null },
      'sendmail_1  scheduled  of unknown  sent 0  skipped 0  dead 0  pending unknown',
    ],
    [{ deferred: 2, eta: null }, 'sendmail_1  running  of 4  sent 1  skipped 0  dead 0  pending 3  deferred 2  1/s'],
  ])('%j', (given, line) => {
    expect(broadcastLine(exampleBroadcast(given))).toBe(line)
  })

  test.each<[Partial<BroadcastStatus>, string]>([
    [{}, '[######..................]   25 %  running  sent 1  skipped 0  dead 0  of 4  1/s  3 s left'],
    [
      { state: 'done', total: 0, sent: 0, rate: null, eta: null },
      '[########################]  100 %  done  sent 0  skipped 0  dead 0  of 0',
    ],
    [
      { total: null, eta: null },
      '[........................]    0 %  running  sent 1  skipped 0  dead 0  of unknown  1/s',
    ],
    [
      { total: 2, totalIsEstimate: true, sent: 9, eta: null },
      '[########################]  100 %  running  sent 9  skipped 0  dead 0  of about 2  1/s',
    ],
    [
      { deferred: 3, rate: 7, eta: null },
      '[######..................]   25 %  running  sent 1  skipped 0  dead 0  of 4  deferred 3',
    ],
  ])('with a bar: %j', (given, line) => {
    expect(progressBar(exampleBroadcast(given))).toBe(line)
  })
})
