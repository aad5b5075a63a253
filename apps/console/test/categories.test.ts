import type { Category, Choice } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { exampleCategory, examplePusher } from '../../api/test/fakes.ts'
import { fakeDeps, type Fakes, openDeps, VIEWER, Visit } from './fakes.ts'

const CATEGORIES = '/console/categories'
const NEWS = `${CATEGORIES}/news`
const EVIL = '"><script>alert(1)</script>'

/** The text of a page, without its marks. */
function wordsOf(text: string): string {
  return text
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('\u00A0', ' ')
    .replaceAll(/\s+/g, ' ')
}

/** What was stored or removed. */
function changesIn({ calls }: Fakes): unknown[][] {
  return calls.filter(([call]) => call === 'putCategory' || call === 'removeCategory' || call === 'changePreferences')
}

function withCategory(given: Partial<Category>, deps = openDeps()): Fakes {
  deps.categories.find = async (_app, name) => (name === 'news' ? exampleCategory(given) : null)
  deps.categories.list = async () => [exampleCategory(given)]
  return deps
}

describe('the categories', () => {
  it('say what each is, and lead to it', async () => {
    const deps = withCategory({ description: 'Weekly', required: true, default: { sendsms: 'off', sendmail: 'on' } })
    const text = await new Visit(deps).text(CATEGORIES)
    expect(text).toContain(`<a href="${NEWS}">News</a> <span class="below name">news</span>`)
    expect(wordsOf(text)).toContain('News news Weekly yes sendsms New category')
  })

  it('say how to begin if there are none', async () => {
    const deps = openDeps()
    deps.categories.list = async () => []
    expect(wordsOf(await new Visit(deps).text(CATEGORIES))).toContain('There are none yet. A push names its category')
  })

  it('are added, with the senders through which they are off by default', async () => {
    const visit = new Visit(openDeps())
    expect(await visit.text(CATEGORIES)).toMatch(/name="off.sendmail"[^]*name="off.sendsms"/)
    const fields = { name: ' offers ', title: ' Offers ', 'off.sendsms': 'on', 'off.a b': 'on' }
    const answer = await visit.submit(CATEGORIES, CATEGORIES, fields)
    expect(answer.headers.get('location')).toBe(`${CATEGORIES}/offers?notice=category-created`)
    const category = { name: 'offers', title: 'Offers', description: '', required: false, default: { sendsms: 'off' } }
    expect(changesIn(visit.deps)).toEqual([['putCategory', 1, category]])
    expect(visit.deps.audited).toMatchObject([{ action: 'category.put', target: 'offers', app: 1, failure: null }])
  })

  it.each([
    [{ name: 'a b' }, 'name', 'Must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -.'],
    [{ name: 'news' }, 'name', 'There is a category news already.'],
    [
      { name: 'x', required: 'on', 'off.sendsms': 'on' },
      'title',
      'The default of a sender must not be off: a required category is always on.',
    ],
    [{ name: 'x', title: 'y'.repeat(256) }, 'title', 'Must be at most 255 characters.'],
    [{ name: 'x', description: 'a\u0007b' }, 'description', 'Must not contain control characters.'],
  ] as const)(
    'are not added if something is wrong, and nothing that was typed is lost: %o',
    async (given, name, problem) => {
      const visit = new Visit(openDeps())
      const answer = await visit.submit(CATEGORIES, CATEGORIES, { description: 'Typed', 'off.sendsms': 'on', ...given })
      expect(answer.status).toBe(422)
      const text = await answer.text()
      expect(text).toContain(`<p class="problem small" id="${name}-problem">${problem}</p>`)
      for (const value of Object.values(given)) expect(text).toContain(value)
      expect(text).toMatch(/name="off.sendsms"\s+type="checkbox"\s+checked/)
      expect([changesIn(visit.deps), visit.deps.audited]).toEqual([[], []])
    },
  )
})

describe('a category', () => {
  it('is changed by what differs, and a sender that is on by default stays so', async () => {
    const deps = withCategory({ default: { sendletter: 'off', sendpager: 'on' } })
    const visit = new Visit(deps)
    expect(await visit.text(NEWS)).toMatch(/name="off.sendletter"\s+type="checkbox"\s+checked/)
    const same = { title: 'News', 'off.sendletter': 'on' }
    const stays = { title: 'News', description: '', required: false }
    deps.categories.find = async () => exampleCategory({ default: { sendpager: 'on', sendletter: 'off' } })
    const unchanged = await visit.submit(NEWS, NEWS, same)
    expect(unchanged.headers.get('location')).toBe(`${NEWS}?notice=category-unchanged`)
    expect(deps.audited).toEqual([])
    const answer = await visit.submit(NEWS, NEWS, { title: '', 'off.sendsms': 'on' })
    expect(answer.headers.get('location')).toBe(`${NEWS}?notice=category-changed`)
    const changed = { ...stays, name: 'news', title: 'news', default: { sendpager: 'on', sendsms: 'off' } }
    expect(changesIn(deps)).toEqual([['putCategory', 1, changed]])
    expect(deps.audited).toMatchObject([{ action: 'category.put', target: 'news' }])
  })

  it('is not changed if something is wrong', async () => {
    const visit = new Visit(openDeps())
    const answer = await visit.submit(NEWS, NEWS, { title: 'y'.repeat(256), description: 'Typed' })
    expect([answer.status, (await answer.text()).includes('value="Typed"')]).toEqual([422, true])
    expect(changesIn(visit.deps)).toEqual([])
  })

  it('is removed after a question that says what follows', async () => {
    const visit = new Visit(withCategory({ required: true }))
    const words = wordsOf(await visit.text(NEWS))
    expect(words).toContain('Calls that name it, or a template of it, are refused from then on.')
    expect(words).toContain('which counts again once it is not required any more')
    const answer = await visit.submit(NEWS, `${NEWS}/remove`)
    expect(answer.headers.get('location')).toBe(`${CATEGORIES}?notice=category-removed`)
    expect(changesIn(visit.deps)).toEqual([['removeCategory', 1, 'news']])
    expect(visit.deps.audited).toMatchObject([{ action: 'category.remove', target: 'news' }])
  })

  it('that is not there has no page', async () => {
    for (const name of ['none', 'a%00b', '%22%3E']) {
      const answer = await new Visit(openDeps()).get(`${CATEGORIES}/${name}`)
      expect(answer.status).toBe(404)
    }
  })

  it.each([CATEGORIES, NEWS, `${NEWS}/remove`])('is changed by no viewer: %s', async (path) => {
    const deps = withCategory({ required: true, default: { sendsms: 'off' } }, fakeDeps())
    const visit = new Visit(deps)
    await visit.login(VIEWER)
    const page = await visit.text(NEWS)
    expect(wordsOf(page)).toContain('Name news Required yes Off by default sendsms')
    expect(page.match(/<button/g)).toHaveLength(1)
    expect(await visit.text(CATEGORIES)).not.toContain('New category')
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page)!
    expect((await visit.post(path, { token, name: 'x', title: 'x' })).status).toBe(403)
    expect(changesIn(deps)).toEqual([])
  })
})

describe('the preferences of a pusher', () => {
  const PAGE = '/console/pushers/ada'
  const choose = (category: string | null, sender: string | null, value: 'on' | 'off'): Choice => ({
    category,
    sender,
    value,
  })

  function withAda(choices: Choice[], deps: Fakes = openDeps()): Visit {
    deps.stored.set('ada', examplePusher({ id: 'ada', senders: ['sendsms', 'sendmail', 'sendfax'] }))
    deps.categories.list = async () => [
      exampleCategory({ name: 'invoices', title: 'Invoices', required: true }),
      exampleCategory({ default: { sendfax: 'off' } }),
      exampleCategory({ name: 'offers', title: 'Offers', default: { sendfax: 'off' } }),
    ]
    deps.preferences.find = async () => choices
    return new Visit(deps)
  }

  it('say what holds for each category and sender, and by which rule', async () => {
    const choices = [choose('news', null, 'off'), choose('news', 'sendmail', 'on'), choose(null, 'sendsms', 'off')]
    const words = wordsOf(await withAda([...choices, choose('gone', null, 'off')]).text(PAGE))
    expect(words).toContain(
      'Preferences Preferences Category sendfax sendmail sendsms Invoices on required on required',
    )
    expect(words).toContain(
      'News off category on category and sender off category Offers off default on no choice off sender',
    )
    expect(words).toContain(
      'All categories no choice no choice off It has also chosen for categories that were removed: gone',
    )
  })

  it('are those of categories, so without any there are none', async () => {
    const visit = withAda([])
    visit.deps.categories.list = async () => []
    expect(await visit.text(PAGE)).not.toContain('Preferences')
  })

  it('are changed by what differs from what was chosen', async () => {
    const visit = withAda([choose('news', null, 'off'), choose('news', 'sendmail', 'on')])
    const page = `${PAGE}?preference=news`
    expect(await visit.text(page)).toMatch(/<select id="choice.sendmail"[^>]*>[^]*?<option value="on" selected>/)
    const same = { choice: 'off', 'choice.sendmail': 'on', 'choice.sendsms': 'default', 'choice.sendfax': 'default' }
    const unchanged = await visit.submit(page, `${PAGE}/preferences`, same)
    expect(unchanged.headers.get('location')).toBe(`${PAGE}?notice=pusher-unchanged`)
    expect(visit.deps.audited).toEqual([])
    const changed = {
      ...same,
      choice: 'default',
      'choice.sendsms': 'off',
      'choice.sendpush': 'off',
      'choice.sendfax': 'x',
    }
    const answer = await visit.submit(page, `${PAGE}/preferences`, changed)
    expect(answer.headers.get('location')).toBe(`${PAGE}?notice=preferences-changed`)
    const changes = [
      { category: 'news', sender: null, value: 'default' },
      { category: 'news', sender: 'sendsms', value: 'off' },
    ]
    expect(changesIn(visit.deps)).toEqual([['changePreferences', 1, 'ada', changes]])
    expect(visit.deps.audited[0]).toMatchObject({
      action: 'preference.change',
      target: expect.stringMatching(/^pusher #[\da-f]{8}: news default, news off for sendsms$/),
    })
  })

  it('may be for a sender alone, and never for nothing at all', async () => {
    const visit = withAda([])
    const page = `${PAGE}?preference=*`
    expect(await visit.text(page)).not.toContain('<select id="choice" ')
    await visit.submit(page, `${PAGE}/preferences`, { choice: 'off', 'choice.sendsms': 'off' })
    const changes = [{ category: null, sender: 'sendsms', value: 'off' }]
    expect(changesIn(visit.deps)).toEqual([['changePreferences', 1, 'ada', changes]])
  })

  it.each([
    ['invoices', { choice: 'off' }, 422],
    ['unknown', { choice: 'off' }, 404],
    ['', { 'choice.sendsms': 'on' }, 404],
  ])('cannot be changed for the category “%s”', async (category, fields, status) => {
    const visit = withAda([])
    expect(await visit.text(`${PAGE}?preference=${category}`)).not.toContain('id="preference"')
    const answer = await visit.submit(`${PAGE}?preference=news`, `${PAGE}/preferences`, { category, ...fields })
    expect([answer.status, changesIn(visit.deps)]).toEqual([status, []])
  })

  it('are changed by no viewer', async () => {
    const visit = withAda([], fakeDeps())
    await visit.login(VIEWER)
    const page = await visit.text(`${PAGE}?preference=news`)
    expect(page).toContain('Preferences')
    expect(page).not.toContain('preference=news#')
    expect(page).not.toContain('id="preference"')
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page)!
    const fields = { token, category: 'news', choice: 'off' }
    expect((await visit.post(`${PAGE}/preferences`, fields)).status).toBe(403)
    expect(changesIn(visit.deps)).toEqual([])
  })

  it('and categories are shown as text, whatever a stranger wrote', async () => {
    const visit = withAda([choose(EVIL, EVIL, 'off'), choose(null, EVIL, 'off')])
    visit.deps.stored.set('ada', examplePusher({ id: 'ada', senders: [EVIL] }))
    const category = exampleCategory({ title: EVIL, description: EVIL, default: { [EVIL]: 'off' } })
    visit.deps.categories.list = async () => [category]
    visit.deps.categories.find = async () => category
    for (const page of [PAGE, `${PAGE}?preference=news`, `${PAGE}?preference=*`, CATEGORIES, NEWS])
      expect([page, (await visit.text(page)).includes(EVIL)]).toEqual([page, false])
    const refused = await visit.submit(NEWS, NEWS, { title: `${EVIL}\u0007`, description: EVIL })
    expect([refused.status, (await refused.text()).includes(EVIL)]).toEqual([422, false])
  })
})
