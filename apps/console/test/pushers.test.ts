import { CarillonError } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { examplePusher } from '../../api/test/fakes.ts'
import { asTyped } from '../pages/pushers.ts'
import { fakeDeps, type Fakes, openDeps, VIEWER, Visit } from './fakes.ts'

describe('the pushers', () => {
  it('are listed with what tells who they are', async () => {
    const deps = openDeps()
    const ada = examplePusher({
      id: 'a/da',
      nickname: 'Ada',
      email: 'ada@example.com',
      phoneNumber: '+4930',
      tags: ['vip'],
    })
    deps.pushers.list = async () => ({ pushers: [{ ...ada, senders: ['sendmail', 'sendsms'] }], total: 1 })
    const text = await new Visit(deps).text('/console/pushers')
    expect(text).toContain('<a href="/console/pushers/a%2Fda">a/da</a> <span class="below">Ada</span>')
    for (const part of ['ada@example.com<br />+4930', 'vip', 'sendmail, sendsms', '1 pusher<'])
      expect(text).toContain(part)
  })

  it('are searched, and the page says how many it found', async () => {
    const visit = new Visit(openDeps())
    visit.deps.pushers.search = async (...call) => {
      visit.deps.calls.push(['search', ...call])
      return { pushers: [], total: 12_345, totalIsEstimate: true }
    }
    const text = await visit.text('/console/pushers?q=tags%3Avip&after=ada')
    expect(visit.deps.calls).toEqual([['search', 1, 'tags:vip', { from: 0, size: 50, after: 'ada' }]])
    expect(text).toContain('About 12,345 pushers')
    expect(text).toContain('value="tags:vip"')
  })

  it('lead to older ones with the same search, while a page is full', async () => {
    const deps = openDeps()
    const many = Array.from({ length: 50 }, (_, at) => examplePusher({ id: `p ${at}` }))
    deps.pushers.search = async () => ({ pushers: many, total: 60 })
    expect(await new Visit(deps).text('/console/pushers?q=han')).toContain('/console/pushers?q=han&amp;after=p+49')
    deps.pushers.search = async () => ({ pushers: many.slice(1), total: 49 })
    expect(await new Visit(deps).text('/console/pushers?q=han')).not.toContain('after=')
  })

  it.each([
    ['', 'There are none yet.'],
    ['?q=nobody', 'No pusher fits.'],
  ])('may be none: %s', async (query, sentence) => {
    const none = async () => ({ pushers: [], total: 0 })
    const deps = openDeps()
    Object.assign(deps.pushers, { list: none, search: none })
    expect(await new Visit(deps).text(`/console/pushers${query}`)).toContain(sentence)
  })

  it('show why a query cannot be used, which may only be half typed', async () => {
    const deps = openDeps()
    deps.pushers.search = () => Promise.reject(new CarillonError('bad_query', 'The query cannot be used, at column 1.'))
    const answer = await new Visit(deps).get('/console/pushers?q=%22han')
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('The query cannot be used, at column 1.')
  })

  it('are searched for nothing that Postgres would refuse', async () => {
    const visit = new Visit(openDeps())
    await visit.text('/console/pushers?q=%00&after=a%00b')
    expect(visit.deps.calls).toEqual([['list', 1, { from: 0, size: 50 }]])
  })
})

describe('what somebody types', () => {
  it.each([
    ['lup', [{ prefix: 'lup' }]],
    [' han  mei ', [{ prefix: 'han' }, { prefix: 'mei' }]],
    ['ada@exam', [{ prefix: 'ada@exam' }]],
    ['+86 138', [{ prefix: '+86' }, { prefix: '138' }]],
    ['李', [{ prefix: '李' }]],
  ])('is the beginning of words: %s', (text, conjuncts) => {
    expect(JSON.parse(asTyped(text))).toEqual({ conjuncts })
  })

  it.each(['tags:vip', '+lupino -han', '"han mei"', 'lup*', '-tags:vip', '{"match_all": {}}'])(
    'is a query of its own: %s',
    (text) => expect(asTyped(text)).toBe(text),
  )
})

describe('a new pusher', () => {
  const create = async (fields: Record<string, string>, deps: Fakes = openDeps()) => {
    const visit = new Visit(deps)
    return { visit, answer: await visit.submit('/console/pushers', '/console/pushers', fields) }
  }

  it('is created with what is given, and its page follows', async () => {
    const attributes = '{"plan": "gold"}'
    const given = { pusher: 'ada', email: 'ada@example.com', nickname: '', timezone: 'Europe/London', attributes }
    const { visit, answer } = await create(given)
    const fields = { email: 'ada@example.com', timezone: 'Europe/London', attributes: { plan: 'gold' } }
    expect(visit.deps.calls).toContainEqual(['set', 'ada', { fields }, true])
    expect(answer.headers.get('location')).toBe('/console/pushers/ada?notice=pusher-created')
    expect(visit.deps.audited[0]).toMatchObject({ action: 'pusher.create', failure: null })
    expect(visit.deps.audited[0]!.target).toMatch(/^pusher #[\da-f]{8}$/)
  })

  it.each([
    [{ pusher: '' }, 'pusher', 'Is required.'],
    [{ pusher: 'lupino' }, 'pusher', 'There is a pusher lupino already.'],
    [
      { pusher: 'ada', timezone: 'Mars' },
      'timezone',
      'Must be a time zone such as Asia/Shanghai: a name of the IANA list.',
    ],
    [{ pusher: 'ada', attributes: '[1]' }, 'attributes', 'Must be a JSON object.'],
    [{ pusher: 'ada', email: 'x'.repeat(1001) }, 'email', 'Must be at most 1000 characters.'],
  ])('is refused at the field, and keeps what was typed: %o', async (fields, name, problem) => {
    const { visit, answer } = await create({ nickname: 'Kept', ...fields })
    expect(answer.status).toBe(422)
    const text = await answer.text()
    expect(text).toContain(`<p class="problem small" id="${name}-problem">${problem}</p>`)
    expect(text).toMatch(new RegExp(`id="${name}"[^>]*aria-describedby="${name}-problem[^>]*aria-invalid="true"`))
    expect(text).toContain('value="Kept"')
    expect(text).toContain('<details class="opens" open>')
    expect(visit.deps.calls.filter(([call]) => call === 'set')).toEqual([])
    expect(visit.deps.audited).toEqual([])
  })

  it('is not for viewers', async () => {
    const visit = new Visit(fakeDeps())
    await visit.login(VIEWER)
    const page = await visit.text('/console/pushers')
    expect(page).not.toContain('New pusher')
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page)!
    expect((await visit.post('/console/pushers', { token, pusher: 'ada' })).status).toBe(403)
    expect(visit.deps.stored.has('ada')).toBe(false)
  })
})
