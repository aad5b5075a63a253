import type { Logger, PushRecord } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ConsoleContext } from '../deps.ts'
import { serverSentEvents } from '../live.ts'
import { examplePusher } from '../../api/test/fakes.ts'
import { fakeDeps, openDeps, Visit } from './fakes.ts'
import { eventsOf, follow, streamOf } from './streams.ts'

const REPORTED = {
  missing: null,
  outbox: null,
  transports: ['SendGrid', 'SMTP'],
  rate: null,
  concurrency: 100,
  breakers: [],
}
const SENDER = { ...REPORTED, name: 'sendmail', workers: 1, paused: false, delayed: 0, active: 0, oldestDueAge: 1 }

const PUSH: PushRecord = {
  id: '7',
  name: 'n',
  sender: 's',
  pusher: 'p',
  broadcast: null,
  category: null,
  state: 'sent',
  attempt: 1,
  failures: 0,
  acceptedAt: 1,
  dueAt: 1,
  finishedAt: 2,
  reason: null,
  messageId: null,
}

describe('a page that is followed', () => {
  it('is sent when it changes, with the same forms, and the stream ends with the server', async () => {
    const stopping = new AbortController()
    let waiting = 1
    const status = async () => [{ ...SENDER, waiting }]
    const visit = new Visit(openDeps({ liveEveryMs: 1, stopping: stopping.signal }))
    visit.deps.senders.status = status
    const events = eventsOf(await follow(visit, '/console/senders'))
    waiting = 4711
    const { value } = await events.next()
    expect(value).toMatchObject({ event: 'page' })
    const [, token] = /name="token" value="([^"]+)"/.exec(await visit.text('/console/senders'))!
    expect(value!.data).toContain('4,711')
    expect(value!.data).toContain(token)
    expect(value!.data).not.toContain('<main')
    stopping.abort()
    expect((await events.next()).done).toBe(true)
  })

  it('is sent at once if it changed between its rendering and its stream, and when the browser comes back', async () => {
    const stopping = new AbortController()
    let waiting = 1
    const visit = new Visit(openDeps({ liveEveryMs: 60_000, stopping: stopping.signal }))
    visit.deps.senders.status = async () => [{ ...SENDER, waiting }]
    const stream = streamOf(await visit.text('/console/senders'))
    waiting = 4711
    const { value } = await eventsOf(await visit.get(stream)).next()
    expect(value?.data).toContain('4,711')
    const again = (mark: string) => visit.get(stream, { 'last-event-id': mark })
    waiting = 1 // as it was when it was rendered, but not as the browser shows it
    const { value: back } = await eventsOf(await again(value!.id)).next()
    expect(back?.data).not.toContain('4,711')
    const unchanged = eventsOf(await again(back!.id))
    stopping.abort()
    expect((await unchanged.next()).done).toBe(true)
  })

  it.each([
    '/console',
    '/console/pushes',
    '/console/pushers/ada?preference=news',
    '/console/dead',
    '/console/broadcasts',
    '/console/live',
  ])('is not sent while nothing changes: %s', async (path) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const visit = new Visit(openDeps({ liveEveryMs: 60_000, stopping: AbortSignal.abort() }))
    visit.deps.stored.set('ada', examplePusher({ id: 'ada', senders: ['sendmail'] }))
    expect(await (await follow(visit, path)).text()).toBe('')
  })

  it('keeps the filter of its link, and so is sent what is new among those', async () => {
    const stopping = new AbortController()
    const visit = new Visit(openDeps({ liveEveryMs: 1, stopping: stopping.signal }))
    let pusher = 'ada'
    visit.deps.history.list = async (_app, { sender, since }) =>
      sender === 'sendmail' && since !== undefined ? [{ ...PUSH, pusher }] : []
    const events = eventsOf(await follow(visit, '/console/pushes?sender=sendmail&since=2026-11-29T22:35'))
    pusher = 'grace'
    expect((await events.next()).value?.data).toContain('>grace</a>')
    stopping.abort()
  })

  it('is sent no more once its visitor has signed out', async () => {
    const visit = new Visit(fakeDeps({ liveEveryMs: 1 }))
    await visit.login()
    const events = eventsOf(await follow(visit, '/console/senders'))
    visit.deps.sessions.clear()
    expect((await events.next()).value).toEqual({ event: 'end', data: '', id: '' })
    expect((await events.next()).done).toBe(true)
  })

  it.each([
    '/console/nothing',
    '/console/login',
    '/console/live-page?path=/console',
    '/docs/../x',
    '/console/files/bell.svg',
  ])('has to be a page: %s', async (path) => {
    const visit = new Visit(openDeps({ liveEveryMs: 1, stopping: AbortSignal.abort() }))
    await visit.get('/console')
    const answer = await visit.get(`/console/live-page?${new URLSearchParams({ path }).toString()}`)
    expect(answer.status).toBe(path.startsWith('/docs') ? 200 : 204)
    expect(await answer.text()).toBe('')
  })

  it('is not a stream, which has no end', async () => {
    const visit = new Visit(openDeps())
    const unsubscribe = vi.spyOn(visit.deps.hub.backplane, 'unsubscribe')
    const answer = await visit.get('/console/live-page?path=/console/live/events')
    expect(answer.status).toBe(204)
    await vi.waitFor(() => expect(unsubscribe).toHaveBeenCalledTimes(2))
  })

  it('ends without a word to the browser if it fails', async () => {
    const warn = vi.fn<Logger['warn']>()
    const server = new Hono().get('/', (c) =>
      serverSentEvents(c as unknown as ConsoleContext, { ...silentLogger, warn }, async (stream) => {
        await stream.writeSSE({ event: 'page', data: 'first' })
        throw Object.assign(new Error('the password of the database'), { code: 'ECONNRESET' })
      }),
    )
    expect(await (await server.request('/')).text()).toBe('event: page\ndata: first\n\n')
    expect(warn.mock.calls).toEqual([[{ error: 'ECONNRESET' }, 'a live page of the console failed']])
  })

  it('is not followed once its message is shown', async () => {
    const visit = new Visit(openDeps())
    visit.deps.history.find = async () => ({ ...PUSH, timeline: [] })
    expect(await visit.text('/console/pushes/7')).toContain('data-live')
    const shown = await visit.submit('/console/pushes/7', '/console/pushes/7/message')
    expect(await shown.text()).not.toContain('data-live')
  })
})
