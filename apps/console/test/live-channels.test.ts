import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { EventBuffer } from '../event-buffer.ts'
import { ADMIN, fakeDeps, type Fakes, openDeps, VIEWER, Visit } from './fakes.ts'
import { eventsOf, follow, type StreamedEvent } from './streams.ts'

const LIVE = '/console/live'
const EVIL = '"><script>alert(1)</script>'

/** Puts connections on channels, each as a member if it has a name. */
async function occupy(deps: Fakes, channels: readonly (readonly [channel: string, member?: string])[]): Promise<void> {
  const namespace = deps.hub.openNamespace({ protocol: 'channels' })
  for (const [index, [name, member]] of channels.entries()) {
    const session = { id: `${index}.1`, deliver() {} }
    namespace.enter(session)
    await namespace.subscribe(
      session,
      { app: 1, name },
      member === undefined ? undefined : { id: member, info: '', most: 9 },
    )
  }
}

async function trigger(deps: Fakes, channel: string, data = 'x', name = 'order'): Promise<void> {
  const [app] = await deps.apps.list()
  await (await deps.live()).prepare(app!, { channel, name, data })()
}

async function notify({ hub }: Fakes, user: string, text: string): Promise<void> {
  await hub.users.notify(1, user, { event: 'hello', data: { text } }, 60_000)
}

/** Opens the stream of a page, which ends with the test. */
async function stream(visit: Visit, page = LIVE): Promise<AsyncGenerator<StreamedEvent, undefined>> {
  const events = eventsOf(await follow(visit, page))
  onTestFinished(async () => void (await events.return(undefined)))
  return events
}

/** The next batch of events, as words. */
async function nextBatch(events: AsyncGenerator<StreamedEvent>): Promise<string> {
  for await (const { event, data } of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) })
    if (event === 'events') return wordsOf(data)
  throw new Error('The stream has ended.')
}

function wordsOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')
}

async function signedIn(account = ADMIN): Promise<Visit> {
  const visit = new Visit(fakeDeps())
  await visit.login(account)
  return visit
}

describe('what is connected', () => {
  it('is counted, with who is on presence channels', async () => {
    const deps = openDeps()
    await deps.hub.connections.connect(1, 9, () => {})
    await deps.hub.users.signIn(1, 'ada', { notify: () => true, terminate() {} })
    await occupy(deps, [
      ['news'],
      ['presence-room', 'bob'],
      ['presence-room', 'ada'],
      ['presence-room', 'ada'],
      ['#server-to-user-ada'],
    ])
    const words = wordsOf(await new Visit(deps).text(LIVE))
    expect(words).toContain('connections 1 people signed in 1 channels 2')
    expect(words).toMatch(/presence-room 3 2 ada, bob news 1/)
    expect(words).not.toContain('server-to-user')
  })

  it('is of the app that is shown', async () => {
    const deps = openDeps()
    const [app] = await deps.apps.list()
    deps.apps.list = async () => [app!, { ...app!, id: 2 }]
    await occupy(deps, [['news']])
    const text = await new Visit(deps).text(`${LIVE}?app=2`)
    expect(text).toContain('Nobody is on a channel.')
    expect(text).toContain('data-live="/console/live/events?app=2"')
  })

  it('is listed in part, until all is asked for, and by how its name begins', async () => {
    const deps = openDeps()
    await occupy(
      deps,
      Array.from({ length: 12 }, (_, index) => [`room-${index + 10}`] as const),
    )
    const visit = new Visit(deps)
    const some = await visit.text(`${LIVE}?channel=room-`)
    expect(some).not.toContain('room-20')
    expect(some).toContain('<a href="/console/live?channel=room-&amp;list=all">6 other channels</a>')
    expect(await visit.text(`${LIVE}?list=all`)).toContain('room-21')
    const fitting = await visit.text(`${LIVE}?channel=room-2`)
    expect(fitting).toContain('room-21')
    expect(fitting).not.toContain('>room-11<')
  })

  it('is unknown without Redis, and the page says so', async () => {
    const visit = new Visit(openDeps({ live: () => Promise.reject(new Error('away')) }))
    const page = await visit.get(LIVE)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('Redis cannot be reached, so it is unknown what is connected.')
    const refused = await visit.get(`${LIVE}/events`)
    expect(refused.status).toBe(503)
    expect(await refused.text()).toContain('Redis cannot be reached, so no events can be shown.')
  })
})

describe('the stream of events', () => {
  it('lists what passes, newest first, and masks what is not for everybody', async () => {
    const visit = new Visit(openDeps())
    const events = await stream(visit)
    await trigger(visit.deps, 'news', '{"n":"public"}')
    await trigger(visit.deps, 'private-room', '{"n":"secret"}')
    await trigger(visit.deps, '#server-to-user-ada', 'secret')
    await notify(visit.deps, 'bob', 'secret')
    await trigger(visit.deps, 'private-encrypted-room', '{"ciphertext":"secret"}')
    const words = await nextBatch(events)
    expect(words).not.toContain('secret')
    const inOrder = [
      'order private-encrypted-room { "ciphertext": "••• 6 characters" }',
      'hello to bob { "text": "••• 6 characters" }',
      'order to ada ••• 6 characters',
      'order private-room { "n": "••• 6 characters" }',
      'order news {"n":"public"}',
    ].map((text) => words.indexOf(text))
    expect(inOrder).not.toContain(-1)
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b))
  })

  it('shows data to an administrator who asks, which is written down once, and decrypts nothing', async () => {
    const visit = await signedIn()
    const [, link = ''] = /data-follow="([^"]+)"/.exec(await visit.text(LIVE))!
    const events = eventsOf(await visit.get(link.replaceAll('&amp;', '&')))
    onTestFinished(async () => void (await events.return(undefined)))
    await trigger(visit.deps, 'private-room', 'secret')
    await notify(visit.deps, 'bob', 'for bob')
    await trigger(visit.deps, 'private-encrypted-room', '{"ciphertext":"opaque"}')
    const words = await nextBatch(events)
    expect(words).toContain('order private-room secret')
    expect(words).toContain('hello to bob {"text":"for bob"}')
    expect(words).not.toContain('opaque')
    expect(visit.deps.audited.filter(({ action }) => action === 'events.read')).toMatchObject([
      { account: 'ops', app: 1 },
    ])
  })

  it('never shows data to a viewer', async () => {
    const visit = await signedIn(VIEWER)
    const page = await visit.text(LIVE)
    expect(page).toContain('An administrator can show them.')
    expect(page).not.toContain('data-follow')
    expect(page).not.toContain('/console/live/send')
    expect((await visit.get(`${LIVE}/events?data=shown`)).status).toBe(403)
    expect(visit.deps.audited.map(({ action }) => action)).toEqual(['login'])
  })

  it('lists only what the filter selects', async () => {
    const visit = new Visit(openDeps())
    const events = await stream(visit, `${LIVE}?channel=room-&event=order`)
    await trigger(visit.deps, 'room-1', 'yes')
    await trigger(visit.deps, 'lobby', 'no')
    await trigger(visit.deps, 'room-1', 'no', 'order-2')
    const words = await nextBatch(events)
    expect(words).toContain('room-1 yes')
    expect(words).not.toContain(' no ')
  })

  it('says how many it does not show', async () => {
    const visit = new Visit(openDeps())
    const events = await stream(visit)
    for (let index = 0; index < 1250; index++) await trigger(visit.deps, 'news', `number ${index}`)
    const words = await nextBatch(events)
    expect(words).toMatch(/^ \+1,200 not shown /)
    expect(words.match(/number \d+/g)).toHaveLength(50)
  })

  it('listens only while somebody looks', async () => {
    const visit = new Visit(openDeps())
    const publish = vi.spyOn(visit.deps.hub.backplane, 'publish')
    const unsubscribe = vi.spyOn(visit.deps.hub.backplane, 'unsubscribe')
    await visit.text(LIVE)
    await trigger(visit.deps, 'news')
    expect(publish.mock.calls.map(([topic]) => topic)).toEqual(['channels:1:news'])
    const [one, other] = [await stream(visit), await stream(visit)]
    await trigger(visit.deps, 'news')
    await nextBatch(one)
    await one.return(undefined)
    await trigger(visit.deps, 'news', 'the second')
    while (!(await nextBatch(other)).includes('the second'));
    expect(unsubscribe).not.toHaveBeenCalled()
    await other.return(undefined)
    await vi.waitFor(() => expect(unsubscribe).toHaveBeenCalledTimes(2))
  })

  it('ends with the session', async () => {
    const visit = new Visit(fakeDeps({ liveEveryMs: 1 }))
    await visit.login()
    const unsubscribe = vi.spyOn(visit.deps.hub.backplane, 'unsubscribe')
    const events = await stream(visit)
    visit.deps.sessions.clear()
    await trigger(visit.deps, 'news', 'late')
    expect((await events.next()).value).toEqual({ event: 'end', data: '', id: '' })
    expect((await events.next()).done).toBe(true)
    expect(unsubscribe).toHaveBeenCalledTimes(2)
  })

  it('ends with the server, and is not opened to be thrown away', async () => {
    const stopping = new AbortController()
    const visit = new Visit(openDeps({ stopping: stopping.signal }))
    const subscribe = vi.spyOn(visit.deps.hub.backplane, 'subscribe')
    await visit.head(`${LIVE}/events`)
    expect(subscribe).not.toHaveBeenCalled()
    const events = await stream(visit)
    stopping.abort()
    expect((await events.next()).done).toBe(true)
  })

  it('follows what is connected too', async () => {
    const visit = new Visit(openDeps({ liveEveryMs: 1 }))
    await visit.text(LIVE)
    const events = await stream(visit)
    await occupy(visit.deps, [['news']])
    const { value } = await events.next()
    expect(value?.event).toBe('page')
    expect(value?.data).toContain('>news<')
  })
})

describe('an event that is sent', () => {
  it.each([
    ['news', 'order on news'],
    ['news-of-ada@example.com', 'order on …'],
    ['private-inbox-ada', 'order on private-…'],
    ['private-encrypted-inbox-ada', 'order on private-encrypted-…'],
    ['presence-ada', 'order on presence-…'],
    ['#server-to-user-ada', 'order on #server-to-user-…'],
  ])('goes to %s, and is in the audit without names and data', async (channel, target) => {
    const visit = new Visit(openDeps())
    const publish = vi.spyOn(visit.deps.hub.backplane, 'publish')
    const answer = await visit.submit(LIVE, `${LIVE}/send`, { channel, name: 'order', data: 'line\r\nline' })
    expect(answer.headers.get('location')).toBe(`${LIVE}?notice=event-sent`)
    const frame = JSON.stringify({ event: 'order', channel, data: 'line\nline' })
    expect(publish.mock.calls).toEqual([[`channels:1:${channel}`, `\n${frame}`]])
    expect(visit.deps.audited).toMatchObject([{ action: 'event.send', target, failure: null }])
  })

  it.each([
    [{ channel: 'no channel', name: 'order' }, 400, 'A channel must be 1 to 200 of letters, digits and _ - = @ , . ;'],
    [{ channel: 'news', name: '' }, 400, 'name must be the name of the event.'],
    [{ channel: 'news', name: 'pusher:x' }, 400, 'name must not begin with pusher: or pusher_internal:.'],
    [
      { channel: 'news', name: 'order', data: 'x'.repeat(10_241) },
      413,
      'data may have at most 10240 bytes in this app; it has 10241.',
    ],
  ])('is refused as the API refuses it, and is still in the form: %#', async (event, status, sentence) => {
    const visit = new Visit(openDeps())
    const answer = await visit.submit(LIVE, `${LIVE}/send`, event)
    const text = await answer.text()
    expect(answer.status).toBe(status)
    expect(text).toContain(`<p class="notice" role="alert">${sentence}</p>`)
    expect(text).toContain(`value="${event.channel}"`)
    expect(visit.deps.audited).toEqual([])
  })

  it('may not have reached everybody where Redis fails', async () => {
    const visit = new Visit(openDeps())
    vi.spyOn(visit.deps.hub.backplane, 'publish').mockRejectedValue(new Error('away'))
    const answer = await visit.submit(LIVE, `${LIVE}/send`, { channel: 'news', name: 'order' })
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('the event may not have reached everybody')
    expect(visit.deps.audited).toMatchObject([{ action: 'event.send', failure: expect.any(String) }])
  })

  it('is not sent for a viewer, nor without the token of the form', async () => {
    const event = { channel: 'news', name: 'order', data: '' }
    const viewer = await signedIn(VIEWER)
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await viewer.text(LIVE))!
    expect((await viewer.post(`${LIVE}/send`, { ...event, token })).status).toBe(403)
    expect((await (await signedIn()).post(`${LIVE}/send`, event)).status).toBe(403)
    expect(viewer.deps.audited.map(({ action }) => action)).toEqual(['login'])
  })
})

it('whatever a stranger can write on channels is shown as text', async () => {
  const visit = new Visit(openDeps())
  await occupy(visit.deps, [[`presence-${EVIL}`, EVIL]])
  expect(await visit.text(LIVE)).not.toContain(EVIL)
  expect(await visit.text(`${LIVE}?${new URLSearchParams({ channel: EVIL, event: EVIL }).toString()}`)).not.toContain(
    EVIL,
  )
  const events = eventsOf(await follow(visit, LIVE))
  onTestFinished(async () => void (await events.return(undefined)))
  await trigger(visit.deps, `#server-to-user-${EVIL}`, EVIL, EVIL)
  await trigger(visit.deps, 'news', EVIL, EVIL)
  const { value } = await events.next()
  expect(value?.event).toBe('events')
  expect(value?.data.match(/&lt;script&gt;/g)).toHaveLength(4)
  expect(value?.data).not.toContain('<script')
  const refused = await visit.submit(LIVE, `${LIVE}/send`, { channel: EVIL, name: EVIL, data: `</textarea>${EVIL}` })
  expect(await refused.text()).not.toContain(EVIL)
})

describe('events that wait for a browser', () => {
  const event = (data: string, channel = 'news') => ({ channel, event: 'order', data }) as never

  it.each([
    ['x'.repeat(1025), `${'x'.repeat(1024)}…`],
    [`${'x'.repeat(1022)}☃`, `${'x'.repeat(1022)}…`],
    [`${'x'.repeat(1021)}☃`, `${'x'.repeat(1021)}☃`],
    [`${'x'.repeat(1023)}🔔`, `${'x'.repeat(1023)}…`],
  ])('have at most 1 KB of data, of whole characters: %#', (data, expected) => {
    const buffer = new EventBuffer({}, false)
    buffer.take(event(data))
    expect(buffer.drain()?.events[0]?.data).toBe(expected)
    expect(buffer.drain()).toBeUndefined()
  })
})
