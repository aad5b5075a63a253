import { CarillonError, type TemplateVersion } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { exampleTemplate } from '../../api/test/fakes.ts'
import { changedLines } from '../view/diff.ts'
import { dataOf, editorFields, problemsOfData, textsOfData } from '../pages/template-fields.ts'
import { type Fakes, fakeDeps, openDeps, VIEWER, Visit } from './fakes.ts'

const MAIL = JSON.stringify({ subject: 'Hello', text: '\nHi', html: '<b>{{ vars.shop }}</b>', replyTo: 'a@b.c' })

/** A console whose app has these templates. */
function withTemplates(deps: Fakes, versions: TemplateVersion[]): Fakes {
  const current = versions.filter((one) => !versions.some((other) => isLater(other, one)))
  Object.assign(deps.templates, {
    list: async () => current,
    places: async (_app: number, name: string) => current.filter((one) => one.name === name),
    find: async (_app: number, name: string, { sender, locale }: { sender: string; locale: string }) =>
      current.filter((one) => one.name === name && one.sender === sender && one.locale === locale),
    versions: async (_app: number, name: string) => versions.filter((one) => one.name === name).toReversed(),
    version: async (_app: number, name: string, version: number) =>
      versions.find((one) => one.name === name && one.version === version) ?? null,
  })
  return deps
}

function isLater(one: TemplateVersion, other: TemplateVersion): boolean {
  return (
    one.name === other.name && one.sender === other.sender && one.locale === other.locale && one.version > other.version
  )
}

const WELCOME = [
  exampleTemplate({ data: '{"subject":"Old","text":"Hi"}', createdAt: 10 }),
  exampleTemplate({ version: 2, data: MAIL, createdAt: 20 }),
  exampleTemplate({ version: 3, locale: 'de', data: '{"subject":"Hallo","text":"Hi"}', createdAt: 30 }),
]

const admin = (versions = WELCOME) => new Visit(withTemplates(openDeps(), versions))
const PAGE = '/console/templates/welcome'
const OWN = { sender: 'sendmail', locale: 'default', from: '2', pusher: '{"nickname":"Ada"}', vars: '{"shop":"x"}' }
const FIELDS = { ...OWN, 'data.subject': 'Hello', 'data.html': '', 'data.text': 'Hi', rest: '' }

describe('the list of templates', () => {
  it('says how to begin', async () => {
    expect(await admin([]).text('/console/templates')).toContain('carillon template put')
  })

  it('has a row for each name, with the newest version and who stored it', async () => {
    const visit = admin()
    const put = { account: 'ops', address: '', app: 1, action: 'template.put', target: 'welcome, version 3' }
    visit.deps.audited.push(
      { ...put, account: 'later', id: '2', time: 31, failure: null },
      { ...put, id: '1', time: 29.9, failure: null },
    )
    const text = await visit.text('/console/templates')
    expect(text).toContain(`<a href="${PAGE}">welcome</a>`)
    expect(text).toContain('default, de')
    expect(text).toMatch(/data-label="By">ops</)
  })

  it('is filtered by name and sender', async () => {
    const visit = admin([...WELCOME, exampleTemplate({ name: 'order', sender: 'sendsms' })])
    expect(await visit.text('/console/templates?name=ELC')).not.toContain('>order<')
    const ofSms = await visit.text('/console/templates?sender=sendsms')
    expect([ofSms.includes('>order<'), ofSms.includes('>welcome<')]).toEqual([true, false])
    expect(await visit.text('/console/templates?name=nothing')).toContain('No template fits.')
  })

  it('leads to the editor of a new one, which is not stored yet', async () => {
    const visit = admin()
    const made = await visit.submit('/console/templates', '/console/templates', {
      name: 'new',
      sender: 'sendsms',
      locale: 'DE',
    })
    expect(made.headers.get('location')).toBe('/console/templates/new?sender=sendsms&locale=de')
    expect(await visit.text('/console/templates/new?sender=sendsms&locale=de')).toMatch(
      /Not stored yet\.[^]*id="data\.text-problem" data-result><\/p>/,
    )
    const refused = await visit.submit('/console/templates', '/console/templates', {
      name: 'a b',
      sender: 'x',
      locale: 'not a tag',
    })
    expect(refused.status).toBe(422)
    expect(await refused.text()).toContain('Must be a language tag')
    expect((await visit.get('/console/templates/new')).status).toBe(404)
    expect((await visit.get('/console/templates/a%20b?sender=sendsms')).status).toBe(404)
  })
})

describe('the editor of a template', () => {
  it('shows the newest version in its fields, and a preview that runs and loads nothing', async () => {
    const answer = await admin().get(PAGE)
    const text = await answer.text()
    expect(text).toContain('value="Hello"')
    expect(text).toContain('>\n\nHi</textarea>')
    expect(text).toContain('&quot;replyTo&quot;: &quot;a@b.c&quot;')
    expect(text).toContain('&quot;shop&quot;: &quot;shop&quot;')
    expect(text).toMatch(/sandbox\s+srcdoc="&lt;!doctype html&gt;/)
    expect(text).toContain(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:&quot;".replaceAll("'", '&#39;'),
    )
    const policy = answer.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'self'; style-src 'self' 'unsafe-inline'")
    expect(policy).not.toContain('script-src')
    expect((await admin().get('/console/templates')).headers.get('content-security-policy')).not.toContain('unsafe')
  })

  it('begins the text of a new locale with that of the default', async () => {
    const text = await admin().text(`${PAGE}?sender=sendmail&locale=fr`)
    expect(text).toContain('It begins with the text of the default.')
    expect(text).toContain('value="Hello"')
  })

  it('renders what is typed, for whom it is told, and stores nothing', async () => {
    const visit = admin()
    const [token = ''] = /(?<=name="token" value=")[^"]+/.exec(await visit.text(PAGE)) ?? []
    const preview = await visit.post(`${PAGE}/preview`, { ...FIELDS, token, 'data.text': 'typed', width: 'phone' })
    expect(preview.status).toBe(200)
    const text = await preview.text()
    expect(text).toContain('>\ntyped</textarea>')
    expect(text).toMatch(/id="width-phone"[^>]*checked/)
    expect(visit.deps.calls.filter(([name]) => name === 'putTemplate')).toEqual([])
    expect(visit.deps.calls.findLast(([name]) => name === 'previewDraft')).toMatchObject([
      'previewDraft',
      {
        pusher: { id: 'preview', nickname: 'Ada' },
        vars: { shop: 'x' },
        template: { data: '{"subject":"Hello","text":"typed"}' },
      },
    ])
    const wrong = await visit.post(`${PAGE}/preview`, { ...FIELDS, token, pusher: 'nobody', vars: '[]' })
    expect(await wrong.text()).toContain('Must be a JSON object.')
  })

  it('is dark or light by itself, whatever the system of the reader is', async () => {
    const html = '<style>@media ( prefers-color-scheme:dark ) {} @media (prefers-color-scheme: light) {}</style>'
    const visit = admin()
    visit.deps.core.templates.previewDraft = async () => ({ html })
    const media = async (background: string) =>
      (await visit.text(`${PAGE}?background=${background}`)).match(/@media \([^)]+\)/g)
    expect(await media('dark')).toEqual(['@media (min-width: 0px)', '@media (max-width: 0px)'])
    expect(await media('light')).toEqual(['@media (max-width: 0px)', '@media (min-width: 0px)'])
  })

  it('stores a version, and keeps the preview as it is', async () => {
    const visit = admin()
    const answer = await visit.submit(PAGE, PAGE, { ...FIELDS, category: 'news', strict: 'on', background: 'dark' })
    const link = new URL(answer.headers.get('location')!, 'http://a')
    expect(Object.fromEntries(link.searchParams)).toMatchObject({
      sender: 'sendmail',
      locale: 'default',
      vars: OWN.vars,
      background: 'dark',
      notice: 'template-stored',
    })
    const given = { name: 'welcome', sender: 'sendmail', locale: '', strict: true, category: 'news' }
    expect(visit.deps.calls).toContainEqual(['putTemplate', 1, { ...given, data: '{"subject":"Hello","text":"Hi"}' }])
    expect(visit.deps.audited).toMatchObject([{ action: 'template.put', target: 'welcome, version 1' }])
  })

  it('stores nothing where nothing was changed', async () => {
    const visit = admin()
    const same = { 'data.html': '<b>{{ vars.shop }}</b>', 'data.text': '\r\nHi', rest: '{ "replyTo": "a@b.c" }' }
    const answer = await visit.submit(PAGE, PAGE, { ...FIELDS, ...same })
    expect(answer.headers.get('location')).toContain('notice=template-unchanged')
    expect(visit.deps.audited).toEqual([])
  })

  it('says what is wrong beside each field, and loses nothing', async () => {
    const visit = admin()
    visit.deps.core.templates.issues = async () => [
      { path: ['html'], message: 'is not a valid template: line 2, column 3: there is no filter "shout"' },
      { path: ['headers', 'X-A'], message: 'must be text' },
    ]
    const answer = await visit.submit(PAGE, PAGE, {
      ...FIELDS,
      'data.html': '<p>\n  {{ x | shout }}',
      category: 'a b',
    })
    expect(answer.status).toBe(422)
    const text = await answer.text()
    expect(text).toContain('id="data.html-problem" data-result>Is not a valid template: line 2, column 3')
    expect(text).toContain('headers.X-A must be text.')
    expect(text).toMatch(/id="category-problem">Must be/)
    expect(text).toContain('&lt;p&gt;\n  {{ x | shout }}</textarea>')
    const broken = await visit.submit(PAGE, PAGE, { ...FIELDS, rest: '{"a": }' })
    expect(await broken.text()).toMatch(/id="rest-problem" data-result>Must be a JSON object: .*position|token/)
    expect(visit.deps.audited).toEqual([])
  })

  it('asks before it replaces what somebody else has stored meanwhile', async () => {
    const visit = admin()
    const answer = await visit.submit(PAGE, PAGE, { ...FIELDS, from: '1', 'data.text': 'mine' })
    const text = await answer.text()
    expect([answer.status, text.includes('Version 2 was stored while you were writing')]).toEqual([422, true])
    expect(text).toContain('name="from" value="2"')
    expect(text).toContain('>\nmine</textarea>')
  })

  it('shows what the API refuses at the last moment', async () => {
    const visit = admin()
    const refuse = (error: CarillonError) => {
      visit.deps.core.templates.put = async () => {
        throw error
      }
    }
    refuse(new CarillonError('category_not_found', 'There is no category x.'))
    const unknown = await visit.submit(PAGE, PAGE, { ...FIELDS, category: 'x' })
    expect(await unknown.text()).toContain('id="category-problem">There is no category x.')
    refuse(new CarillonError('conflict', 'The app has 1000 templates.'))
    const answer = await visit.submit(PAGE, PAGE, FIELDS)
    expect([answer.status, (await answer.text()).includes('The app has 1000 templates.')]).toEqual([422, true])
  })

  it('rolls back, and removes a text', async () => {
    const visit = admin()
    const back = await visit.submit(PAGE, `${PAGE}/rollback`, { version: '1' })
    expect(back.headers.get('location')).toContain('notice=template-stored')
    const gone = await visit.submit(PAGE, `${PAGE}/remove`)
    expect(gone.headers.get('location')).toContain('notice=template-removed')
    expect(visit.deps.calls).toEqual(
      expect.arrayContaining([
        ['rollbackTemplate', 1, 'welcome', 1],
        ['removeTemplate', 1, 'welcome', { sender: 'sendmail', locale: '' }],
      ]),
    )
    expect(visit.deps.audited.map(({ action, target }) => [action, target])).toEqual([
      ['template.remove', 'welcome: sendmail, default'],
      ['template.rollback', 'welcome, version 3'],
    ])
  })

  it('sends a test, and names nobody in the audit', async () => {
    const visit = admin()
    const sent = await visit.submit(PAGE, `${PAGE}/test`, { pusher: 'lupino', vars: '{"shop":"x"}' })
    expect(sent.headers.get('location')).toMatch(/^\/console\/pushes\/\d+\?notice=test-accepted/)
    expect(visit.deps.pushed).toMatchObject([
      { pusher: 'lupino', sender: 'sendmail', force: true, template: { template: 'welcome', vars: { shop: 'x' } } },
    ])
    expect(visit.deps.audited[0]).toMatchObject({
      action: 'template.test',
      target: expect.stringMatching(/^welcome, sendmail to pusher #\w{8}, push \d+$/),
    })
    const refused = await visit.submit(PAGE, `${PAGE}/test`, { pusher: '', vars: '[' })
    expect([refused.status, (await refused.text()).includes('Is required.')]).toEqual([422, true])
  })

  it('can be read by a viewer, who may choose whom the preview is for', async () => {
    const visit = new Visit(withTemplates(fakeDeps(), WELCOME))
    await visit.login(VIEWER)
    const text = await visit.text(`${PAGE}?vars=%7B%22shop%22%3A%22y%22%7D`)
    expect(text).toMatch(/<textarea[^>]*readonly/)
    expect(text).not.toContain('name="data.')
    expect(text).not.toContain('method="post" action="/console/templates')
    expect(visit.deps.calls.findLast(([name]) => name === 'previewDraft')).toMatchObject([
      'previewDraft',
      { vars: { shop: 'y' } },
    ])
    for (const path of ['', '/preview', '/test', '/rollback', '/remove'])
      expect((await visit.post(PAGE + path, FIELDS)).status).toBe(403)
  })
})

describe('two versions', () => {
  it('are compared line by line', async () => {
    const text = await admin().text(`${PAGE}/changes?from=1&to=2`)
    expect(text).toContain('<del class="removed">- Old</del>')
    expect(text).toContain('<ins class="added">+ &lt;b&gt;{{ vars.shop }}&lt;/b&gt;</ins>')
    expect((await admin().get(`${PAGE}/changes?from=1&to=9`)).status).toBe(404)
    expect((await admin().get(`${PAGE}/changes?from=x`)).status).toBe(404)
  })

  it.each([
    ['', 'a', ['+a']],
    ['a\nb\n', 'a\nc\n', [' a', '-b', '+c']],
    ['a\n', 'a', [' a']],
    ['a\n\n\nb', 'a\n\nb', [' a', ' ', '-', ' b']],
  ])('%j to %j', (before, after, lines) => {
    expect(changedLines(before, after).map(({ sign, text }) => sign + text)).toEqual(lines)
  })

  it('that differ in too much are shown one after the other', () => {
    const text = (name: string) => Array.from({ length: 3000 }, (_, index) => `${name}${index}`).join('\n')
    expect(new Set(changedLines(text('a'), text('b')).map(({ sign }) => sign))).toEqual(new Set(['-', '+']))
  })
})

describe('the data of a template', () => {
  it.each([
    ['sendmail', MAIL],
    ['sendmail', '{"text":"a","subject":"b"}'],
    ['sendmail', 'no JSON'],
    ['sendmail', '["a"]'],
    ['sendsms', '{"template":"SMS_1","signName":"a"}'],
    ['sendpush', '{"title":"a","url":"b"}'],
    ['sendrealtime', '{"event":"a","data":{"n":[1]}}'],
    ['other', '7'],
    ['partial', ' {"a":1}'],
    ['constructor', '{"a":"b"}'],
  ])('of %s stays the same: %s', (sender, data) => {
    expect(dataOf(sender, textsOfData(sender, data), data)).toEqual({ data })
  })

  it('is refused if a field stands in it twice', () => {
    const texts = { ...textsOfData('sendmail', MAIL), rest: '{"text": "again"}' }
    expect(dataOf('sendmail', texts, null)).toEqual({
      problems: { rest: expect.stringContaining('Must not contain text') },
    })
  })

  it('has its faults beside the input that shows it', () => {
    const [mail, other] = [textsOfData('sendmail', MAIL), textsOfData('other', '{}')]
    const issues = [
      { path: ['text'], message: 'is required' },
      { path: [], message: 'must be an object' },
    ]
    expect(problemsOfData('sendmail', mail, issues)).toEqual({
      'data.text': 'Is required.',
      rest: 'Must be an object.',
    })
    expect(problemsOfData('other', other, issues.slice(0, 1))).toEqual({ data: 'text is required.' })
    expect(editorFields('partial', textsOfData('partial', 'a'))).toMatchObject([{ name: 'data', label: 'Text' }])
  })
})
