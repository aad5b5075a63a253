import type { AddressResult, PushEvent, PushHistory, PushRecord } from '@carillon/contract'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { exampleBroadcast } from '../../api/test/fakes.ts'
import { masked } from '../view/masked.ts'
import { ADMIN, fakeDeps, type Fakes, openDeps, VIEWER, Visit } from './fakes.ts'

const EVIL = '"><script>alert(1)</script>'

const PUSH: PushRecord = {
  id: '7',
  name: 'ada_1',
  sender: 'sendmail',
  pusher: 'ada',
  broadcast: null,
  category: null,
  state: 'dead',
  attempt: 2,
  failures: 2,
  acceptedAt: 1000.5,
  dueAt: 1000.5,
  finishedAt: 1010.5,
  reason: '550 no such mailbox',
  messageId: null,
}

function withPush(given: Partial<PushHistory> = {}, deps = openDeps()): Fakes {
  deps.history.find = async (_app, id) => (id === '7' ? { ...PUSH, timeline: [], ...given } : null)
  return deps
}

describe('pushes', () => {
  it('are filtered by the link, and the form shows by what', async () => {
    const visit = new Visit(openDeps())
    const query = 'state=dead&sender=sendmail&pusher=ada&broadcast=b&category=news&reason=no&after=9&nonsense=1'
    const text = await visit.text(`/console/pushes?${query}`)
    const filter = { state: 'dead', sender: 'sendmail', pusher: 'ada', broadcast: 'b', category: 'news', reason: 'no' }
    expect(visit.deps.calls).toContainEqual(['listPushes', 1, { ...filter, after: '9', size: 50 }, 10_000])
    for (const value of ['sendmail', 'ada', 'b', 'no']) expect(text).toContain(`value="${value}"`)
    expect(text).toMatch(/<option value="dead" selected>/)
    expect(text).toMatch(/<option value="news" selected>/)
    expect(text).toContain('searches the newest 10,000 for the state, the category and the reason.')
  })

  it('offer the categories there are, and the one that the link names', async () => {
    const deps = openDeps()
    const names = async (query: string) => {
      const text = await new Visit(deps).text(`/console/pushes${query}`)
      const [, select = ''] = /<select id="category"[^>]*>([^]*?)<\/select>/.exec(text) ?? []
      return [...select.matchAll(/<option value="([^"]*)"/g)].map(([, name]) => name)
    }
    expect(await names('')).toEqual(['', 'invoices', 'news'])
    expect(await names('?category=removed')).toEqual(['', 'invoices', 'news', 'removed'])
    deps.categories.list = async () => []
    expect(await names('')).toEqual([])
  })

  it('have moments in a reason as the rest of the page has them', async () => {
    const reason = 'deferred until 07:01 in UTC (2026-11-30T07:01:44Z): quiet hours 22:00 to 07:00'
    const timeline = [{ event: 'deferred' as const, time: 1, attempt: 1, reason }]
    const deps = withPush({ state: 'waiting', reason, timeline })
    deps.history.list = async () => [{ ...PUSH, state: 'waiting', reason }]
    const moment = '(<time datetime="2026-11-30T07:01:44.000Z" data-exact>2026-11-30 07:01:44 UTC</time>)'
    const visit = new Visit(deps)
    expect((await visit.text('/console/pushes')).split(moment)).toHaveLength(2)
    expect((await visit.text('/console/pushes/7')).split(moment)).toHaveLength(3)
  })

  it('offer the reasons of skipped ones that are listed', async () => {
    const deps = openDeps()
    deps.history.list = async () => [{ ...PUSH, state: 'skipped', reason: 'switched off' }]
    const text = await new Visit(deps).text('/console/pushes?state=skipped')
    expect(text).toContain('<datalist id="reasons"><option value="switched off"></option>')
  })

  it.each(['state=sleeping', 'after=x', 'pusher=', 'pusher=a%00b'])('are not filtered by %s', async (query) => {
    const visit = new Visit(openDeps())
    expect((await visit.get(`/console/pushes?${query}`)).status).toBe(200)
    const [[, , asked] = []] = visit.deps.calls
    expect(Object.values(asked as object).filter((value) => value !== undefined)).toEqual([50])
  })

  it('are filtered by the time in UTC at which they were accepted, and older ones too', async () => {
    const deps = openDeps()
    const asked: unknown[] = []
    deps.history.list = async (_app, query) => {
      asked.push(query)
      return Array.from({ length: query.size ?? 0 }, (_, index) => ({ ...PUSH, id: `${90 - index}` }))
    }
    const text = await new Visit(deps).text('/console/pushes?since=2026-11-29T22:35&until=2026-11-29T23:00:30')
    expect(asked).toMatchObject([
      { since: Date.UTC(2026, 10, 29, 22, 35) / 1000, until: Date.UTC(2026, 10, 29, 23, 0, 30) / 1000 },
    ])
    expect(text).toMatch(/name="since" type="datetime-local" value="2026-11-29T22:35"/)
    expect(text).toContain('?since=2026-11-29T22%3A35&amp;until=2026-11-29T23%3A00%3A30&amp;after=41')
  })

  it('say that a time is none', async () => {
    const visit = new Visit(openDeps())
    const text = await visit.text('/console/pushes?since=yesterday&until=2026-13-01T00:00')
    expect(text).toContain('“yesterday” is no time such as')
    expect(text).toContain('“2026-13-01T00:00” is no time such as')
    const [[, , asked] = []] = visit.deps.calls
    expect(asked).toMatchObject({ since: undefined, until: undefined })
  })

  it.each([
    ['', true],
    ['?sender=sendmail&since=2026-11-29T22:35', true],
    ['?until=2199-01-01T00:00', true],
    ['?until=2026-11-29T22:35', false],
    ['?after=9', false],
  ])('are followed while new ones can come: %s', async (query, isLive) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 11, 1) })
    onTestFinished(() => void vi.useRealTimers())
    const text = await new Visit(openDeps()).text(`/console/pushes${query}`)
    const link = new URLSearchParams({ path: `/console/pushes${query}` }).toString()
    expect(text.includes(`data-live="/console/live-page?${link}"`)).toBe(isLive)
  })

  it('lead to those of the last hour and of today, with the rest of the filter', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 29, 22, 35, 59) })
    onTestFinished(() => void vi.useRealTimers())
    const text = await new Visit(openDeps()).text('/console/pushes?state=dead&until=2026-11-29T20:00')
    expect(text).toContain('<a href="/console/pushes?state=dead&amp;since=2026-11-29T21%3A35">Last hour</a>')
    expect(text).toContain('<a href="/console/pushes?state=dead&amp;since=2026-11-29T00%3A00">Today</a>')
  })

  it('say that a state does not exist, and show all', async () => {
    const text = await new Visit(openDeps()).text('/console/pushes?state=deadd')
    expect(text).toContain('There is no state “deadd”, so pushes in all states are shown.')
    expect(text).toContain('waiting, sending, sent, dead, cancelled and skipped')
    expect(await new Visit(openDeps()).text('/console/pushes?state=dead')).not.toContain('There is no state')
  })

  it.each([
    ['', true],
    ['sender=sendmail', true],
    ['sender=sendsms', false],
  ])('offer the reasons of dead pushes: %s', async (query, offered) => {
    const text = await new Visit(openDeps()).text(`/console/pushes?${query}`)
    expect(text.includes('<datalist id="reasons"><option value="550 no"></option></datalist>')).toBe(offered)
  })

  it('lead to older ones with the same filter, while a page is full', async () => {
    const deps = openDeps()
    deps.history.list = async (_app, { size = 0 }) =>
      Array.from({ length: size }, (_, index) => ({ ...PUSH, id: `${90 - index}` }))
    expect(await new Visit(deps).text('/console/pushes?state=dead')).toContain(
      '/console/pushes?state=dead&amp;after=41',
    )
  })
})

describe('a push', () => {
  it('shows each event, and what was done at each address', async () => {
    const addresses: AddressResult[] = [
      { kind: 'fcm', address: '…a1B2c3', outcome: 'removed', reason: 'UNREGISTERED' },
      { kind: 'apns', address: '…d4E5f6', outcome: 'sent', messageId: 'apns-1' },
    ]
    const timeline: PushEvent[] = [
      { event: 'accepted', time: 1000.5, attempt: 0 },
      { event: 'failed', time: 1001, attempt: 1, dueAt: 1006, reason: 'busy', addresses },
    ]
    const text = await new Visit(withPush({ timeline })).text('/console/pushes/7')
    const words = text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
    expect(words).toContain('Failed, to be tried again attempt 1 + 0.5 s busy Due 5 s later')
    expect(words).toContain('fcm …a1B2c3 removed UNREGISTERED apns …d4E5f6 sent apns-1')
  })

  it.each([
    ['dead', 'replay', true],
    ['dead', 'cancel', false],
    ['waiting', 'cancel', true],
    ['waiting', 'replay', false],
    ['sent', 'cancel', false],
    ['sent', 'replay', false],
  ] as const)('that is %s: can one %s it? %s', async (state, verb, can) => {
    const text = await new Visit(withPush({ state })).text('/console/pushes/7')
    expect(text.includes(`action="/console/pushes/7/${verb}"`)).toBe(can)
  })

  it('says so where a replay would fail again', async () => {
    const warning = 'A replay fails again'
    const deps = withPush({ pusher: 'ada' })
    const words = await new Visit(deps).text('/console/pushes/7')
    expect(words).toMatch(
      /A replay fails again as long as this is so: [^<]*address[^<]*<a href="\/console\/pushers\/ada\?sender=/,
    )
    expect(deps.calls).toContainEqual(['explain', 1, expect.objectContaining({ pusher: 'ada', sender: 'sendmail' })])
    expect(await new Visit(withPush({ state: 'waiting' })).text('/console/pushes/7')).not.toContain(warning)
    const viewer = new Visit(withPush({}, fakeDeps()))
    await viewer.login(VIEWER)
    expect(await viewer.text('/console/pushes/7')).not.toContain(warning)
    deps.core.explain = async (_app, query) => ({
      ...query,
      checks: [{ check: 'paused', state: 'blocks', sentence: '' }],
    })
    expect(await new Visit(deps).text('/console/pushes/7')).not.toContain(warning)
  })

  it('is replayed and cancelled through core', async () => {
    const replay = new Visit(withPush())
    await replay.submit('/console/pushes/7', '/console/pushes/7/replay')
    expect(replay.deps.calls.at(-1)).toEqual(['replay', 1, '7'])
    const cancel = new Visit(withPush({ state: 'waiting' }))
    const answer = await cancel.submit('/console/pushes/7', '/console/pushes/7/cancel')
    expect(answer.headers.get('location')).toBe('/console/pushes/7?notice=push-cancelled')
    expect(cancel.deps.calls.at(-1)).toEqual(['cancel', 1, 'sendmail', 'ada_1'])
    expect(cancel.deps.audited[0]).toMatchObject({ action: 'push.cancel', target: '7' })
  })

  it('that does not wait is not cancelled, because another may have its name', async () => {
    const visit = new Visit(withPush())
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await visit.text('/console/pushes/7'))!
    const answer = await visit.post('/console/pushes/7/cancel', { token })
    expect(answer.status).toBe(409)
    expect(visit.deps.calls.filter(([name]) => name === 'cancel')).toEqual([])
    expect(visit.deps.audited[0]).toMatchObject({
      action: 'push.cancel',
      failure: 'The push 7 does not wait: it is dead.',
    })
  })

  it('shows its message only to an administrator who asks, and that is written down', async () => {
    const visit = new Visit(withPush())
    const before = await visit.text('/console/pushes/7')
    expect(before).not.toContain('Secret subject')
    expect(before).toContain('••• 14 characters')
    expect(visit.deps.audited).toEqual([])
    const shown = await visit.submit('/console/pushes/7', '/console/pushes/7/message')
    expect(await shown.text()).toContain('Secret subject')
    expect(visit.deps.audited).toMatchObject([{ action: 'message.read', target: '7' }])
  })

  it('shows what the pusher reads beside what was pushed, masked in the same way', async () => {
    const deps = withPush()
    const html = { name: 'html', text: '<b>Secret & bold</b>', isJson: false }
    const list = { name: 'actions', text: '["Secret action"]', isJson: true }
    deps.core.preview = async (app, push, raw) => {
      deps.calls.push(['preview', app, push.pusher, raw])
      return { parts: [{ name: 'subject', text: 'Secret rendered', isJson: false }, html, list] }
    }
    const visit = new Visit(deps)
    const before = await visit.text('/console/pushes/7')
    expect(before).toContain('As ada reads it')
    expect(before).not.toContain('Secret')
    expect(before).toContain('••• 15 characters')
    const shown = await (await visit.submit('/console/pushes/7', '/console/pushes/7/message')).text()
    expect(shown).toContain('<p>Secret rendered</p>')
    expect(shown).toContain('<code>&lt;b&gt;Secret &amp; bold&lt;/b&gt;</code>')
    expect(shown).toContain('Secret action')
    expect(deps.calls).toContainEqual(['preview', 1, 'ada', '{"subject": "Secret subject", "data": {"n": 12}}'])
  })

  it('says why it cannot be rendered to who may read it', async () => {
    const deps = withPush()
    deps.core.preview = async () => ({ failure: 'Secret reason' })
    const visit = new Visit(deps)
    const before = await visit.text('/console/pushes/7')
    expect(before).toContain('It cannot be rendered.')
    expect(before).not.toContain('Secret')
    const shown = await visit.submit('/console/pushes/7', '/console/pushes/7/message')
    expect(await shown.text()).toContain('It cannot be rendered: Secret reason')
  })

  it('does not show its message to a viewer', async () => {
    const visit = new Visit(withPush({}, fakeDeps()))
    await visit.login(VIEWER)
    const page = await visit.text('/console/pushes/7')
    expect(page).not.toContain('/console/pushes/7/message')
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page)!
    const refused = await visit.post('/console/pushes/7/message', { token })
    expect(refused.status).toBe(403)
    expect(await refused.text()).not.toContain('Secret subject')
  })

  it.each(['8', 'x', '0', '9'.repeat(19)])('%s is not there', async (id) => {
    const answer = await new Visit(withPush()).get(`/console/pushes/${id}`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain(`There is no push ${id}.`)
  })
})

it.each([
  [
    '{"subject":"Hi","n":12,"to":["ada",null,true]}',
    ['••• 2 characters', '••• a number', '••• 3 characters', 'null', '••• a boolean'],
  ],
  ['"text"', ['••• 6 characters']],
  ['just text', ['••• 9 characters']],
  ['12', ['••• 2 characters']],
  [`${'['.repeat(20_000)}1${']'.repeat(20_000)}`, ['••• an object']],
])('a masked message says only what it is made of: %s', (text, expected) => {
  const shown = masked(text)
  for (const part of expected) expect(shown).toContain(part)
  expect(shown).not.toMatch(/Hi|ada|12"|just/)
})

it('a page that names a pusher leads to it', async () => {
  const visit = new Visit(withPush())
  visit.deps.history.list = async () => [PUSH]
  for (const path of ['/pushes', '/pushes/7', '/broadcasts/b', ''])
    expect(await visit.text(`/console${path}`)).toMatch(/href="\/console\/pushers\/(?:ada|lupino)"/)
})

describe('dead pushes', () => {
  it('are replayed by group, or all', async () => {
    const visit = new Visit(openDeps())
    await visit.submit('/console/dead', '/console/dead/replay')
    expect(visit.deps.calls.at(-1)).toEqual(['replayDead', 1, { sender: 'sendmail', reason: '550 no' }])
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await visit.text('/console/dead'))!
    const answer = await visit.post('/console/dead/replay', { token })
    expect(visit.deps.calls.at(-1)).toEqual(['replayDead', 1, { sender: undefined, reason: undefined }])
    expect(await visit.text(answer.headers.get('location')!)).toContain('2 dead pushes are replayed.')
  })

  it('lead to the newest push of a group', async () => {
    expect(await new Visit(openDeps()).text('/console/dead')).toMatch(/<a href="\/console\/pushes\/1">\s*<time/)
  })

  it('that are replayed are named in the audit by reason and number, without the pusher', async () => {
    const deps = openDeps()
    deps.history.list = async () => [{ ...PUSH, pusher: '550' }]
    const visit = new Visit(deps)
    await visit.submit('/console/dead', '/console/dead/replay')
    expect(deps.audited[0]).toMatchObject({ action: 'dead.replay', target: 'sendmail: … no, as of push 7 (2 pushes)' })
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await visit.text('/console/dead'))!
    await visit.post('/console/dead/replay', { token })
    expect(deps.audited[0]).toMatchObject({ action: 'dead.replay', target: 'all (2 pushes)' })
  })

  it('that could not all be replayed leave a notice', async () => {
    const deps = openDeps()
    deps.core.replayDead = async () => ({ replayed: 50_000, next: '5' })
    const visit = new Visit(deps)
    const answer = await visit.submit('/console/dead', '/console/dead/replay')
    expect(await visit.text(answer.headers.get('location')!)).toContain(
      '50,000 dead pushes are replayed. There are more',
    )
  })
})

it('the audit leads to a push', async () => {
  const visit = new Visit(withPush())
  await visit.submit('/console/pushes/7', '/console/pushes/7/replay')
  expect(await visit.text('/console/audit')).toContain('<a href="/console/pushes/7">push 7</a>')
})

describe('the audit', () => {
  it('is filtered by the link, and the form shows by what', async () => {
    const visit = new Visit(openDeps())
    await visit.submit('/console/senders', '/console/senders/sendmail/pause')
    const query = 'account=ops&action=push.replay&since=2026-11-30T01:42&until=2026-11-30T02:00&after=9'
    const text = await visit.text(`/console/audit?${query}`)
    const [since, until] = [Date.UTC(2026, 10, 30, 1, 42) / 1000, Date.UTC(2026, 10, 30, 2) / 1000]
    const filter = { account: 'ops', action: 'push.replay', since, until, after: '9', size: 50 }
    expect(visit.deps.calls).toContainEqual(['listAudit', filter])
    for (const value of ['ops', '2026-11-30T01:42']) expect(text).toContain(`value="${value}"`)
    expect(text).toContain('<option value="push.replay" selected>')
    expect(text).toContain('<option value="sender.pause" >')
    expect(text).toContain('<datalist id="accounts"><option value="open mode"></option></datalist>')
  })

  it('has the reason of a failure where there is room for a sentence', async () => {
    const deps = openDeps()
    const failed = { account: 'ops', address: 'x', app: 1, action: 'sender.pause', target: 'sendmail', failure: 'No.' }
    deps.audit.list = async () => [{ ...failed, id: '1', time: 1 }]
    expect(await new Visit(deps).text('/console/audit')).toMatch(
      /data-label="To what"><div>\s*sendmail\s*<p class="problem">No\.<\/p>\s*<\/div>/,
    )
  })

  it('names the sender of a push that a call could not cancel, without a link', async () => {
    const deps = openDeps()
    await deps.audit.add({ account: 'app demo', address: 'x', app: 1, action: 'push.cancel', target: 'sendmail' })
    expect(await new Visit(deps).text('/console/audit')).not.toContain('/console/pushes/sendmail')
  })

  it.each(['account=', 'since=yesterday', 'until=2026-13-30T01:42', 'action=a%00'])(
    'is not filtered by %s',
    async (query) => {
      const visit = new Visit(openDeps())
      expect((await visit.get(`/console/audit?${query}`)).status).toBe(200)
      const [[, asked] = []] = visit.deps.calls
      expect(Object.values(asked as object).filter((value) => value !== undefined)).toEqual([50])
    },
  )

  it('leads to older entries with the same filter, while a page is full', async () => {
    const deps = openDeps()
    const entry = { account: 'ops', address: 'x', app: 1, action: 'login', target: '', time: 1, failure: null }
    deps.audit.list = async ({ size = 0 }) => Array.from({ length: size }, (_, at) => ({ ...entry, id: `${90 - at}` }))
    const text = await new Visit(deps).text('/console/audit?account=ops')
    expect(text).toContain('/console/audit?account=ops&amp;after=41')
  })
})

describe('a broadcast', () => {
  it.each([
    ['running', 'pause', ['pauseBroadcast', 1, 'b 1']],
    ['paused', 'resume', ['resumeBroadcast', 1, 'b 1']],
    ['running', 'cancel', ['cancelBroadcast', 1, 'b 1']],
  ] as const)('that is %s can be steered: %s', async (state, verb, call) => {
    const deps = openDeps()
    deps.broadcasts.status = async (_app, name) => exampleBroadcast({ name, state })
    const visit = new Visit(deps)
    const answer = await visit.submit('/console/broadcasts/b%201', `/console/broadcasts/b%201/${verb}`)
    expect(answer.headers.get('location')).toMatch(new RegExp(`^/console/broadcasts/b%201\\?notice=broadcast-${verb}`))
    expect(visit.deps.calls.at(-1)).toEqual(call)
  })

  it('lists its recipients by outcome, page by page', async () => {
    const deps = openDeps()
    const asked: unknown[] = []
    deps.broadcasts.recipients = async (_app, _name, query) => {
      asked.push(query)
      const recipient = { outcome: 'skipped' as const, messageId: null, reason: null, reports: [] }
      return Array.from({ length: query.size ?? 0 }, (_, index) => ({ ...recipient, pusher: `p${index}` }))
    }
    const visit = new Visit(deps)
    const text = await visit.text('/console/broadcasts/b?outcome=skipped&after=p')
    expect(asked).toEqual([{ outcome: 'skipped', after: 'p', size: 50 }])
    expect(text).toMatch(/href="\/console\/broadcasts\/b\?outcome=skipped" aria-current="true"/)
    expect(text).toContain('href="/console/broadcasts/b?outcome=skipped&amp;after=p49">More</a>')
    await visit.text('/console/broadcasts/b?outcome=nonsense')
    expect(asked[1]).toMatchObject({ outcome: undefined })
  })

  it('shows how many wait for the end of their quiet hours', async () => {
    const deps = openDeps()
    deps.broadcasts.status = async (_app, name) => exampleBroadcast({ name, deferred: 2, eta: null })
    const text = await new Visit(deps).text('/console/broadcasts/b')
    expect(text).toContain('1 of 4, 1 a second, 2 deferred for quiet hours')
    expect(text).toContain('href="/console/pushes?broadcast=b&amp;state=waiting"')
    deps.broadcasts.status = async (_app, name) => exampleBroadcast({ name, deferred: 3, eta: null })
    const moved = { outcome: 'moved' as const, messageId: null, reports: [] }
    deps.broadcasts.recipients = async () => [
      {
        ...moved,
        pusher: 'ada',
        reason: 'deferred until 07:01 in UTC (2026-11-30T07:01:44Z): quiet hours 22:00 to 07:00',
      },
      { ...moved, pusher: 'bob', reason: 'HTTP 503' },
    ]
    const page = await new Visit(deps).text('/console/broadcasts/b')
    expect(page).toContain('1 of 4, 3 deferred for quiet hours')
    expect(page).toContain('<dt>not yet, 3 of them deferred</dt>')
    expect(page).toContain('pusher=ada">deferred</a>')
    expect(page).toContain('pusher=bob">retried</a>')
    deps.broadcasts.status = async (_app, name) => exampleBroadcast({ name })
    expect(await new Visit(deps).text('/console/broadcasts/b')).not.toContain('deferred for')
  })

  it('that is over has no buttons, and one that is not there no page', async () => {
    const deps = openDeps()
    deps.broadcasts.status = async (_app, name) => (name === 'none' ? null : exampleBroadcast({ name, state: 'done' }))
    const visit = new Visit(deps)
    expect(await visit.text('/console/broadcasts/b')).not.toContain('<button')
    expect((await visit.get('/console/broadcasts/none')).status).toBe(404)
  })
})

it('whatever a stranger can write is shown as text', async () => {
  const deps = openDeps()
  const settings = { connectHook: `https://a/?${EVIL}`, allowedOrigins: [EVIL], publicKeys: [EVIL] }
  const app = { ...(await deps.apps.list())[0]!, name: EVIL, key: EVIL, settings }
  const event = { event: 'failed' as const, time: 1, attempt: 1, reason: EVIL, messageId: EVIL }
  const addresses = [{ kind: 'fcm' as const, address: EVIL, outcome: 'failed' as const, reason: EVIL, messageId: EVIL }]
  const push = { ...PUSH, name: EVIL, sender: EVIL, pusher: EVIL, broadcast: EVIL, reason: EVIL, messageId: EVIL }
  const broadcast = exampleBroadcast({ name: EVIL, sender: EVIL, tag: EVIL, state: 'paused' })
  const group = { sender: EVIL, reason: EVIL, count: 1, newest: '1', newestAt: 1 }
  deps.apps.list = async () => [app, { ...app, id: 2 }]
  deps.history.list = async () => [push]
  deps.history.find = async () => ({ ...push, timeline: [{ ...event, addresses }] })
  deps.history.message = async () => JSON.stringify({ [EVIL]: EVIL })
  deps.core.preview = async () => ({ parts: [{ name: EVIL, text: EVIL, isJson: false }] })
  deps.history.deadGroups = async () => ({ groups: [group], counted: 1, isAll: true })
  deps.broadcasts.list = async () => [broadcast]
  deps.broadcasts.status = async () => broadcast
  deps.broadcasts.recipients = async () => [
    { pusher: EVIL, outcome: 'moved', messageId: EVIL, reason: EVIL, reports: [] },
  ]
  deps.senders.status = async () => [
    {
      name: EVIL,
      workers: 0,
      missing: EVIL,
      outbox: EVIL,
      transports: [EVIL],
      paused: true,
      rate: null,
      concurrency: 0,
      breakers: [{ transport: EVIL, outage: EVIL, openSince: 1, nextProbe: 2, workers: 1 }],
      waiting: 1,
      delayed: 0,
      active: 0,
      oldestDueAge: 5,
    },
  ]
  await deps.audit.add({ account: EVIL, address: EVIL, app: 1, action: EVIL, target: EVIL })
  const visit = new Visit(deps)
  const evil = encodeURIComponent(EVIL)
  const pages = [
    '',
    '/pushes',
    `/pushes?pusher=${evil}&reason=${evil}`,
    '/pushes/7',
    '/pushers',
    '/dead',
    '/broadcasts',
    '/broadcasts/b',
    '/senders',
    '/apps',
    '/apps/1',
    `/apps/${evil}`,
    '/audit',
    `/audit?account=${evil}&action=${evil}&since=${evil}`,
    `/pushes/${evil}`,
    `?app=${evil}`,
    `?notice=${evil}`,
  ]
  const texts = await Promise.all(pages.map(async (path) => [path, await visit.text(`/console${path}`)] as const))
  expect(texts.filter(([, text]) => text.includes(EVIL)).map(([path]) => path)).toEqual([])
  const shown = await visit.submit('/console/pushes/7', '/console/pushes/7/message')
  expect(await shown.text()).not.toContain(EVIL)
  for (const [page, path] of [
    ['/console/apps', '/console/apps'],
    ['/console/apps/1', '/console/apps/1'],
    ['/console/apps/1', '/console/apps/1/keys'],
  ] as const) {
    const refused = await visit.submit(page, path, { name: `${EVIL}\0`, allowedOrigins: EVIL, key: EVIL })
    expect([refused.status, (await refused.text()).includes(EVIL)]).toEqual([422, false])
  }
  const stranger = new Visit(fakeDeps())
  expect(await (await stranger.login({ account: EVIL, password: EVIL })).text()).not.toContain(EVIL)
  expect(await stranger.text(`/console/login?next=${evil}`)).not.toContain(EVIL)
  expect((await stranger.login(ADMIN)).status).toBe(303)
})
