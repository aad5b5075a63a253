import { type Check, CarillonError, noCategory } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { examplePusher } from '../../api/test/fakes.ts'
import { fakeDeps, type Fakes, openDeps, VIEWER, Visit } from './fakes.ts'

const PAGE = '/console/pushers/ada'
const EVIL = '"><script>alert(1)</script>'

const check = (name: Check['check'], state: Check['state'] = 'ok', more: Partial<Check> = {}): Check => ({
  check: name,
  state,
  sentence: `${name} is ${state}.`,
  ...more,
})

/** A console with the pusher ada. */
function withAda(given: Parameters<typeof examplePusher>[0] = {}, deps: Fakes = openDeps()): Fakes {
  deps.stored.set('ada', examplePusher({ id: 'ada', senders: ['sendmail'], ...given }))
  return deps
}

/** The text of a page, without its marks. */
function wordsOf(text: string): string {
  return text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

describe('a pusher', () => {
  it('shows where it is reached, and what keeps messages from there', async () => {
    const deps = withAda({ email: 'ada@example.com', nickname: 'Ada', tags: ['vip'], attributes: { plan: 'gold' } })
    const words = wordsOf(await new Visit(deps).text(PAGE))
    expect(words).toContain('email ada@example.com suppressed for sendmail since 1970-01-01: hard bounce')
    expect(words).toMatch(/fcm …a1B2c3 .*? disabled since 1970-01-01: DeviceTokenNotForTopic/)
    for (const part of ['Ada', 'vip', '{&quot;plan&quot;:&quot;gold&quot;}']) expect(words).toContain(part)
    expect(words).not.toContain('the-secret-token')
    expect(deps.calls).toContainEqual(['listPushes', 1, { pusher: 'ada', size: 10 }])
  })

  it.each([
    [
      undefined,
      'The pusher Id ada Time zone Asia/Tokyo Quiet hours 21:00 to 06:00 in Asia/Tokyo, those of the app Created',
    ],
    [{ from: '22:00', to: '07:00' }, 'Quiet hours 22:00 to 07:00 in Asia/Tokyo, its own Created'],
    ['off' as const, 'Quiet hours none, whatever the app has Created'],
  ])('says which quiet hours hold, and whose they are: %j', async (quietHours, said) => {
    const deps = withAda({ timezone: 'Asia/Tokyo', ...(quietHours && { quietHours }) })
    const [app] = await deps.apps.list()
    deps.apps.list = async () => [{ ...app!, settings: { quietHours: { from: '21:00', to: '06:00' } } }]
    expect(wordsOf(await new Visit(deps).text(PAGE))).toContain(said)
    deps.apps.list = async () => [app!]
    expect(wordsOf(await new Visit(deps).text(PAGE)).includes('Asia/Tokyo Quiet hours')).toBe(quietHours !== undefined)
  })

  it('shows its live connections, or that nobody can count them', async () => {
    const deps = withAda()
    expect(await new Visit(deps).text(PAGE)).toContain('Not signed in anywhere.')
    deps.presenceOf = async () => ({ connections: 2, channels: ['chat', 'news'] })
    expect(wordsOf(await new Visit(deps).text(PAGE))).toContain('on 2 connections, which are on chat , news .')
    deps.presenceOf = () => Promise.reject(new Error('away'))
    expect(await new Visit(deps).text(PAGE)).toContain('because Redis does not answer')
  })

  it.each(['nobody', 'a%00b', 'x'.repeat(256)])('%s is not there', async (id) => {
    const answer = await new Visit(openDeps()).get(`/console/pushers/${id}`)
    expect(answer.status).toBe(404)
  })

  it('may have any id', async () => {
    const id = 'a/b %&?#李'
    const deps = openDeps()
    deps.stored.set(id, examplePusher({ id }))
    const visit = new Visit(deps)
    const page = `/console/pushers/${encodeURIComponent(id)}`
    await visit.submit(page, `${page}/tags/add`, { tag: 'vip' })
    expect(deps.calls).toContainEqual(['set', id, { addTags: ['vip'] }, false])
  })
})

describe('the senders of a pusher', () => {
  const explained = (all: Record<string, Check[]>, senders: string[]) => {
    const deps = withAda({ senders })
    deps.core.explainAll = async (_app, { pusher }) =>
      Object.entries(all).map(([sender, checks]) => ({ pusher, sender, checks }))
    return new Visit(deps)
  }

  it('say first what stands in the way, and of one every check', async () => {
    const checks = [
      check('pusher'),
      check('rate', 'waits'),
      check('lastPush', 'blocks', { push: '7', action: 'Replay it.' }),
    ]
    const text = await explained({ sendmail: [check('pusher')], sendsms: checks }, ['sendmail', 'sendsms']).text(PAGE)
    const words = wordsOf(text)
    expect(words).toContain('blocked sendsms : lastPush is blocks. Edit')
    expect(words).toContain('sendmail ok sendsms blocked lastPush is blocks.')
    expect(words).toContain('sendsms , step by step ok pusher is ok. waits rate is waits. See the senders')
    expect(words).toContain('blocked lastPush is blocks. See the push Replay it.')
    expect(text).toContain('<a href="/console/pushes/7">See the push</a>')
  })

  it('are followed with the one that is shown, which a link may name', async () => {
    const visit = explained({ sendmail: [check('rate')], sendsms: [check('paused')] }, ['sendmail', 'sendsms'])
    const text = await visit.text(PAGE)
    expect(text).toContain('Nothing stands in the way.')
    expect(text).toContain('data-live="/console/live-page?path=%2Fconsole%2Fpushers%2Fada%3Fsender%3Dsendmail"')
    expect(text).toContain('href="/console/pushers/ada?sender=sendsms#checks"')
    expect(await visit.text(`${PAGE}?sender=sendsms`)).toContain('paused is ok.')
  })

  it('are counted where several do not get through', async () => {
    const [waits, blocks] = [[check('rate', 'waits')], [check('paused', 'blocks')]]
    const visit = explained({ a: waits, b: blocks, c: [check('pusher')] }, ['a', 'b', 'c'])
    expect(wordsOf(await visit.text(PAGE))).toContain('blocked Of 3 senders, 1 is blocked and 1 waits.')
  })

  it.each([
    ['lastPush', 'Replay it: carillon dead replay 7', 'See the push Replay it.'],
    ['addressBlock', 'Lift it: carillon suppression lift 7', 'See the addresses Lift it.'],
    ['paused', 'Resume it: POST /v1/senders/sendmail/resume.', 'See the senders Resume it.'],
    ['lastPush', 'Resume the broadcast: POST /v1/broadcasts/news/resume.', 'See the push Resume the broadcast.'],
    ['allowed', 'Add it: POST /pusher/sendmail/add with pusher=ada.', 'Add it.'],
    ['worker', 'Start one: carillon worker', 'See the senders Start one: carillon worker'],
  ] as const)('need no command where the console has a button: %s', async (name, action, expected) => {
    const checks = [check(name, 'blocks', { action, ...(name === 'lastPush' && { push: '7' }) })]
    const visit = explained({ sendmail: checks }, ['sendmail'])
    expect(wordsOf(await visit.text(PAGE))).toContain(`blocked ${name} is blocks. ${expected} Send a test`)
    const viewer = new Visit(Object.assign(withAda({ senders: ['sendmail'] }, fakeDeps()), { core: visit.deps.core }))
    await viewer.login(VIEWER)
    expect((await viewer.text(PAGE)).includes(action)).toBe(name === 'worker')
  })

  it('have moments as the rest of the page has them, even in what a stranger wrote', async () => {
    const sentence = 'It failed at 2026-11-29T22:35:43Z: <b>2026-99-99T22:35:43Z</b>'
    const text = await explained({ sendmail: [check('lastPush', 'blocks', { sentence })] }, ['sendmail']).text(PAGE)
    const shown =
      '<time datetime="2026-11-29T22:35:43.000Z" data-exact>2026-11-29 22:35:43 UTC</time>: &lt;b&gt;2026-99-99T22:35:43Z&lt;/b&gt;'
    expect(text.split(`It failed at ${shown}`)).toHaveLength(4)
  })

  it('that it does not have can be given, and hold nothing up', async () => {
    const blocked = [check('allowed', 'blocks')]
    const visit = explained({ sendmail: [check('pusher')], sendfax: blocked, sendsms: blocked }, ['sendmail'])
    const words = wordsOf(await visit.text(PAGE))
    expect(words).toContain('Nothing stands in the way.')
    expect(words).toContain('Not given: sendfax , sendsms')
    await visit.submit(`${PAGE}?sender=sendfax`, `${PAGE}/senders/give`, { sender: 'sendfax' })
    expect(visit.deps.calls).toContainEqual(['set', 'ada', { addSenders: ['sendfax'] }, false])
    expect(visit.deps.audited[0]!.target).toMatch(/^pusher #[\da-f]{8}: sendfax is given$/)
    await visit.submit(`${PAGE}?sender=sendmail`, `${PAGE}/senders/take`)
    expect(visit.deps.calls).toContainEqual(['set', 'ada', { removeSenders: ['sendmail'] }, false])
  })

  it('may be none', async () => {
    expect(await explained({}, []).text(PAGE)).toContain('No sender was given, so nothing is sent.')
  })
})

describe('a pusher is changed', () => {
  it.each([
    ['', null],
    [' off ', 'off'],
    ['23:00-06:30 sat sun', { from: '23:00', to: '06:30', days: ['sat', 'sun'] }],
    ['22:00 to 07:00 on fri', undefined],
  ])('in its quiet hours: “%s”', async (text, quietHours) => {
    const days = ['fri' as const]
    const deps = withAda({ quietHours: { to: '07:00', days, from: '22:00' } })
    const visit = new Visit(deps)
    expect(await visit.text(PAGE)).toContain('value="22:00 to 07:00 on fri"')
    await visit.submit(PAGE, `${PAGE}/edit`, { quietHours: text })
    const changes = deps.calls.flatMap(([call, , change]) => (call === 'set' ? [change] : []))
    expect(changes).toEqual(quietHours === undefined ? [] : [{ fields: { quietHours } }])
  })

  it('not in its quiet hours, where its store has none', async () => {
    const deps = withAda()
    await new Visit(deps).submit(PAGE, `${PAGE}/edit`, { quietHours: '' })
    expect(deps.calls.filter(([call]) => call === 'set')).toEqual([])
  })

  it('by what differs, and an empty field empties', async () => {
    const deps = withAda({ email: 'ada@example.com', nickname: 'Ada', attributes: { plan: 'gold' } })
    const visit = new Visit(deps)
    const same = { email: 'ada@example.com', nickname: 'Ada', attributes: '{"plan":"gold"}' }
    const unchanged = await visit.submit(PAGE, `${PAGE}/edit`, same)
    expect(unchanged.headers.get('location')).toBe(`${PAGE}?notice=pusher-unchanged`)
    expect(deps.audited).toEqual([])
    await visit.submit(PAGE, `${PAGE}/edit`, { ...same, nickname: '', attributes: '', phoneNumber: '123' })
    expect(deps.calls).toContainEqual([
      'set',
      'ada',
      { fields: { nickname: '', phoneNumber: '123', attributes: {} } },
      false,
    ])
    expect(deps.audited[0]).toMatchObject({
      action: 'pusher.change',
      target: expect.stringMatching(/: nickname, phoneNumber, attributes$/),
    })
    expect(JSON.stringify(deps.audited)).not.toMatch(/ada|123|gold/)
  })

  it.each([
    ['edit', { locale: 'de_AT.UTF-8' }, 'locale', 'Must be a language tag such as zh-CN; did you mean de-AT?'],
    ['edit', { locale: 'german' }, 'locale', 'Must be a language tag such as zh-CN.'],
    [
      'edit',
      { quietHours: 'at night' },
      'quietHours',
      'Must be such as 22:00 to 07:00, or 22:00 to 07:00 on fri, sat.',
    ],
    [
      'edit',
      { quietHours: '22:00 to 21:00' },
      'quietHours',
      'Must begin and end at different times, and last at most 22 hours.',
    ],
    [
      'edit',
      { quietHours: '22:00 to 25:00' },
      'quietHours',
      'Must begin and end at times from 00:00 to 23:59, such as 22:00 to 07:00.',
    ],
    [
      'edit',
      { quietHours: '22:00 to 07:00 on friday' },
      'quietHours',
      'Must name each day once, as mon, tue, wed, thu, fri, sat, sun.',
    ],
    ['tags/add', { tag: '' }, 'tag', 'Is required.'],
    ['senders/give', { sender: 'a b' }, 'sender', 'Must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -.'],
    ['test', { sender: 'sendmail', data: '' }, 'data', 'Is required.'],
  ])('by nothing that the API would refuse: %s %o', async (form, fields, name, problem) => {
    const visit = new Visit(withAda())
    const answer = await visit.submit(PAGE, `${PAGE}/${form}`, fields)
    expect(answer.status).toBe(422)
    const text = await answer.text()
    expect(text).toContain(`<p class="problem small" id="${name}-problem">${problem}</p>`)
    expect(text).not.toContain('data-live')
    expect(text.match(/id="(\w+)" [^>]*autofocus/)?.[1]).toBe(name)
    expect(visit.deps.audited).toEqual([])
  })

  it('in its tags', async () => {
    const visit = new Visit(withAda({ tags: ['vip', 'new'] }))
    await visit.submit(PAGE, `${PAGE}/tags/remove`)
    expect(visit.deps.calls).toContainEqual(['set', 'ada', { removeTags: ['vip'] }, false])
    expect(await visit.text(PAGE)).toContain('/console/pushers?q=tags%3A%22new%22')
  })

  it('in its addresses and suppressions', async () => {
    const visit = new Visit(withAda({ email: 'ada@example.com' }))
    const removed: unknown[] = []
    visit.deps.addresses.removeOf = async (...call) => void removed.push(call)
    visit.deps.suppressions.lift = async (...call) => void removed.push(call)
    await visit.submit(PAGE, `${PAGE}/addresses/remove`)
    await visit.submit(PAGE, `${PAGE}/suppressions/lift`)
    expect(removed).toEqual([
      [1, 'ada', '1'],
      [1, '1'],
    ])
    expect(visit.deps.audited.map(({ action }) => action)).toEqual(['suppression.lift', 'address.remove'])
    const nonsense = { address: 'x', suppression: '9'.repeat(19) }
    expect((await visit.submit(PAGE, `${PAGE}/addresses/remove`, nonsense)).status).toBe(404)
    expect((await visit.submit(PAGE, `${PAGE}/suppressions/lift`, nonsense)).status).toBe(404)
  })

  it('by deleting it, after a question', async () => {
    const visit = new Visit(withAda())
    expect(await visit.text(PAGE)).toContain('This cannot be undone.')
    const answer = await visit.submit(PAGE, `${PAGE}/delete`)
    expect(answer.headers.get('location')).toBe('/console/pushers?notice=pusher-removed')
    expect(visit.deps.calls).toContainEqual(['removePusher', 1, 'ada'])
    expect(visit.deps.audited[0]).toMatchObject({ action: 'pusher.delete', failure: null })
  })

  it('and the audit does not say who it is, even where that fails', async () => {
    const visit = new Visit(withAda())
    visit.deps.addresses.removeOf = async (_app, pusher, id) => {
      throw new CarillonError('address_not_found', `pusher ${pusher} has no address ${id}.`)
    }
    expect((await visit.submit(PAGE, `${PAGE}/addresses/remove`)).status).toBe(404)
    expect(visit.deps.audited[0]).toMatchObject({ failure: 'pusher … has no address 1.' })
  })

  it.each([
    'edit',
    'tags/add',
    'tags/remove',
    'senders/give',
    'senders/take',
    'addresses/remove',
    'suppressions/lift',
    'test',
    'delete',
  ])('by no viewer: %s', async (form) => {
    const deps = withAda({ tags: ['vip'], email: 'ada@example.com' }, fakeDeps())
    const visit = new Visit(deps)
    await visit.login(VIEWER)
    const page = await visit.text(PAGE)
    expect(page).not.toContain(`${PAGE}/${form}`)
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page)!
    const fields = { token, tag: 'x', sender: 'sendmail', data: 'x', address: '1', suppression: '1' }
    expect((await visit.post(`${PAGE}/${form}`, fields)).status).toBe(403)
    expect(deps.calls.filter(([call]) => call === 'set' || call === 'removePusher')).toEqual([])
    expect(deps.pushed).toEqual([])
  })
})

describe('a test', () => {
  it('goes through core, and leads to the push', async () => {
    const visit = new Visit(withAda())
    const page = await visit.text(PAGE)
    expect(page).toContain('{&quot;text&quot;:&quot;A test of sendmail&quot;}')
    const answer = await visit.submit(PAGE, `${PAGE}/test`, { data: '{"text":\r\n"x"}' })
    expect(answer.headers.get('location')).toBe('/console/pushes/1?notice=test-accepted')
    const [command] = visit.deps.pushed
    expect(command).toMatchObject({
      app: 1,
      sender: 'sendmail',
      pusher: 'ada',
      data: '{"text":\n"x"}',
      force: false,
      schedat: 0,
    })
    expect(visit.deps.audited[0]).toMatchObject({
      action: 'pusher.test',
      target: expect.stringMatching(/: sendmail, push 1$/),
    })
  })

  it('may be of a category, which the page keeps if something is wrong', async () => {
    const visit = new Visit(withAda())
    const answer = await visit.submit(PAGE, `${PAGE}/test`, { data: 'x', category: 'news' })
    expect([answer.status, visit.deps.pushed[0]]).toMatchObject([303, { category: 'news' }])
    const refused = await visit.submit(PAGE, `${PAGE}/test`, { data: '', category: 'news' })
    expect(await refused.text()).toMatch(/<select id="test-category"[^>]*>[^]*?<option value="news" selected>/)
    visit.deps.core.push = () => Promise.reject(noCategory('news'))
    expect((await visit.submit(PAGE, `${PAGE}/test`, { data: 'x', category: 'news' })).status).toBe(422)
    await new Visit(withAda()).submit(PAGE, `${PAGE}/test`, { data: 'x', category: '' })
    expect(visit.deps.pushed).toHaveLength(1)
  })

  it('that its sender refuses shows why, with what was typed', async () => {
    const visit = new Visit(withAda())
    visit.deps.core.push = () =>
      Promise.reject(new CarillonError('invalid_field', 'data is invalid for sendmail: subject: is required'))
    const answer = await visit.submit(PAGE, `${PAGE}/test`, { data: '{"text":"mine"}' })
    expect(answer.status).toBe(422)
    const text = await answer.text()
    expect(text).toContain('data is invalid for sendmail: subject: is required')
    expect(text).toContain('{&quot;text&quot;:&quot;mine&quot;}')
    expect(visit.deps.audited[0]).toMatchObject({
      action: 'pusher.test',
      failure: expect.stringContaining('is required'),
    })
  })

  it('is only for a sender that the pusher has', async () => {
    const visit = new Visit(withAda({ senders: [] }))
    expect(await visit.text(`${PAGE}?sender=sendmail`)).not.toContain('Send a test')
  })
})

it('no page says what a stranger wrote as anything but text', async () => {
  const deps = openDeps()
  const evil = examplePusher({
    id: EVIL,
    nickname: EVIL,
    email: EVIL,
    phoneNumber: EVIL,
    senders: [EVIL],
    tags: [EVIL],
  })
  deps.stored.set(EVIL, { ...evil, timezone: EVIL, locale: EVIL, attributes: { [EVIL]: EVIL } })
  const [address] = await deps.addresses.list(1, EVIL)
  const more = { target: EVIL, platform: EVIL, label: EVIL, reason: EVIL, disabledAt: 1 }
  deps.addresses.list = async () => [{ ...address!, ...more, token: EVIL }]
  const [suppression] = await deps.suppressions.list(1, {})
  deps.suppressions.list = async () => [{ ...suppression!, sender: EVIL, reason: EVIL }]
  deps.presenceOf = async () => ({ connections: 1, channels: [EVIL] })
  deps.core.explainAll = async () => [
    { pusher: EVIL, sender: EVIL, checks: [check('lastPush', 'blocks', { sentence: EVIL, action: EVIL, push: EVIL })] },
  ]
  deps.core.testMessage = async () => EVIL
  const visit = new Visit(deps)
  const page = `/console/pushers/${encodeURIComponent(EVIL)}`
  const q = encodeURIComponent(EVIL)
  const paths = ['/console/pushers', `/console/pushers?q=${q}`, page, `${page}?sender=${q}`]
  const texts = await Promise.all(paths.map(async (path) => [path, await visit.text(path)] as const))
  expect(texts.filter(([, text]) => text.includes(EVIL)).map(([path]) => path)).toEqual([])
  const fields = Object.fromEntries(
    ['nickname', 'timezone', 'attributes', 'tag', 'sender', 'data', 'pusher'].map((name) => [name, EVIL]),
  )
  for (const form of ['edit', 'senders/give']) {
    const answer = await visit.submit(page, `${page}/${form}`, fields)
    expect([form, answer.status, (await answer.text()).includes(EVIL)]).toEqual([form, 422, false])
  }
  const created = await visit.submit('/console/pushers', '/console/pushers', fields)
  expect([created.status, (await created.text()).includes(EVIL)]).toEqual([422, false])
})
