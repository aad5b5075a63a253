import { createApi } from '@carillon/api'
import { type Category, CarillonError, type ChoiceChange } from '@carillon/contract'
import { type SentLink, unsubscribeKey, unsubscribeLinks } from '@carillon/unsubscribe'
import { describe, expect, it } from 'vitest'
import { languages, textsFor } from '../unsubscribe/texts/index.ts'
import { appWith, exampleCategory, examplePusher, type Fakes, fakeParts } from './fakes.ts'

const example: SentLink = { app: 1, pusher: 'lupino', category: 'news', sender: 'sendmail', address: 'l@example.com' }

/** The API with nothing chosen yet, and the URL of a link. */
async function start(given: Partial<Fakes> = {}, link: Partial<SentLink> = {}) {
  const changes: ChoiceChange[] = []
  const preferences: Fakes['preferences'] = {
    find: async () => [],
    change: async (_app, _pusher, made) => void changes.push(...made),
  }
  const stored = new Map([['lupino', examplePusher({ senders: ['sendmail', 'sendsms'], email: 'l@example.com' })]])
  const parts = fakeParts({ stored, preferences, open: false, ...given })
  const links = unsubscribeLinks(await unsubscribeKey(parts.sharedValues))
  const path = `/u/${links.sign({ ...example, ...link })}`
  const api = createApi(parts)
  const call = async (init: RequestInit = {}, at = path) => {
    const response = await api.request(at, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const post = (fields: Record<string, string> | string) => call({ method: 'POST', body: new URLSearchParams(fields) })
  return { call, post, changes, path, parts }
}

const off = { category: 'news', sender: null, value: 'off' } as const
const oneClick = 'List-Unsubscribe=One-Click'
const asForm = { 'content-type': 'application/x-www-form-urlencoded' }

function multipart(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

describe('POST /u/{token}', () => {
  it.each<[string, RequestInit]>([
    ['a form', { body: oneClick, headers: asForm }],
    [
      'a form with a charset',
      { body: oneClick, headers: { 'content-type': `${asForm['content-type']};charset=UTF-8` } },
    ],
    ['multipart/form-data', { body: multipart({ 'List-Unsubscribe': 'One-Click' }) }],
    ['no body', {}],
    ['no body, and a type', { headers: { 'content-type': 'text/plain' } }],
  ])('unsubscribes by %s, without a redirect or a cookie', async (_, init) => {
    const { call, changes } = await start()
    const { status, headers } = await call({ method: 'POST', ...init })
    expect(status).toBe(200)
    expect(headers.get('location')).toBeNull()
    expect(headers.get('set-cookie')).toBeNull()
    expect(changes).toEqual([off])
  })

  it('by a button of the page leads to a page that can be opened again', async () => {
    const { call, post, changes, path } = await start()
    const { status, headers } = await post({ action: 'unsubscribe' })
    expect([status, changes]).toEqual([303, [off]])
    expect(headers.get('cache-control')).toBe('no-store')
    const at = path + headers.get('location')
    // Nothing was stored here, so that the link says what does not hold
    expect((await call({}, at)).text).toContain('Unsubscribe from “News”?')
    const isOff = await start({ preferences: { find: async () => [off], change: () => Promise.reject(new Error()) } })
    const { text } = await isOff.call({}, isOff.path + headers.get('location'))
    expect(text).toContain('You have unsubscribed from “News”.')
    expect(text).toContain('value="restore"')
    const broken = await isOff.call({}, `${isOff.path}?done=unsubscribed&undo=x`)
    expect([broken.status, broken.text.includes('few minutes')]).toEqual([400, false])
  })

  it('by a button of the page does not redirect if a link cannot name what would undo it', async () => {
    const many = Array.from({ length: 100 }, (_, at) => ({
      category: `news${at}`,
      sender: 'sendmail',
      value: 'on' as const,
    }))
    const { post } = await start({ preferences: { find: async () => many, change: async () => {} } })
    const { status, text } = await post({ action: 'allOff' })
    expect([status, text.includes('value="restore"')]).toEqual([200, true])
  })

  it.each<[string, number, RequestInit]>([
    ['another form', 400, { body: 'List-Unsubscribe=Perhaps', headers: asForm }],
    ['an unknown action', 400, { body: 'action=drop', headers: asForm }],
    ['a broken multipart body', 400, { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=a' } }],
    ['no boundary', 400, { body: 'x', headers: { 'content-type': 'multipart/form-data' } }],
    ['JSON', 415, { body: '{}', headers: { 'content-type': 'application/json' } }],
    ['a large body', 413, { body: `${oneClick}&x=${'x'.repeat(200_000)}`, headers: asForm }],
    ['choices that are no JSON', 400, { body: 'action=restore&choices=x', headers: asForm }],
    [
      'a choice about nothing',
      400,
      { body: 'action=restore&choices=[{"category":null,"sender":null,"value":"on"}]', headers: asForm },
    ],
  ])('refuses %s, and changes nothing', async (_, status, init) => {
    const { call, changes } = await start()
    const headers = new Headers(init.headers)
    headers.set('accept', 'application/json')
    const answer = await call({ method: 'POST', ...init, headers })
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text)).toMatchObject({ err: expect.stringMatching(/^The /) })
    expect(changes).toEqual([])
  })

  it('switches off through its sender what has no category', async () => {
    const { post, changes } = await start({}, { category: null })
    await post(oneClick)
    expect(changes).toEqual([{ category: null, sender: 'sendmail', value: 'off' }])
  })

  it('changes nothing about a category that is required, and says so', async () => {
    const { post, changes } = await start({}, { category: 'invoices' })
    const { status, text } = await post(oneClick)
    expect(status).toBe(200)
    expect(text).toContain('cannot be switched off')
    expect(changes).toEqual([])
  })

  it('switches off a category that was removed since', async () => {
    const { post, changes } = await start({}, { category: 'gone' })
    expect((await post(oneClick)).status).toBe(200)
    expect(changes).toEqual([{ category: 'gone', sender: null, value: 'off' }])
  })

  it.each([
    ['news', oneClick, 200],
    ['gone', oneClick, 200],
    [null, oneClick, 200],
    ['news', 'action=allOff', 303],
    ['news', 'action=save&categories=news&senders=sendmail', 303],
    ['news', `action=restore&choices=${JSON.stringify([off])}`, 409],
  ])('of a pusher with all the choices that there may be, for %s, by %s: %i', async (category, body, expected) => {
    const change: Fakes['preferences']['change'] = async (_app, _pusher, _changes, most = 500) => {
      if (most < 501) throw new CarillonError('conflict', 'A pusher can have at most 500 preferences.')
    }
    const { post } = await start({ preferences: { find: async () => [], change } }, { category })
    const { status, text } = await post(body)
    expect(status).toBe(expected)
    expect(text.includes('Nothing was changed.')).toBe(expected === 409)
  })

  it('reveals nothing of a failure of its own, which is logged without the token', async () => {
    const change = async () => {
      throw new Error('insert into secrets')
    }
    const { post, parts, path } = await start({ preferences: { find: async () => [], change } })
    const { status, text } = await post(oneClick)
    expect(status).toBe(500)
    expect(text).not.toContain('secrets')
    expect(parts.logged).toHaveLength(1)
    expect(JSON.stringify(parts.logged)).not.toContain(path.slice(3))
  })

  it('saves the choices that the page has shown, and no others', async () => {
    const known = [exampleCategory(), exampleCategory({ name: 'offers' }), exampleCategory({ name: 'later' })]
    const { post, changes } = await start({ categories: categoriesOf(known) })
    const shown = { categories: 'news offers invoices gone', senders: 'sendmail sendsms sendother' }
    await post({ action: 'save', ...shown, on: 'offers sendmail' })
    expect(changes).toEqual([off, { category: 'offers', sender: 'sendsms', value: 'off' }])
  })

  it('answers a pusher that was erased as if all was done', async () => {
    const { call, post, changes } = await start({}, { pusher: 'erased' })
    for (const { status, text } of [await post(oneClick), await call()]) {
      expect(status).toBe(200)
      expect(text).toContain('You will get no more messages.')
    }
    expect(changes).toEqual([])
  })

  it('is limited for each pusher', async () => {
    const { call, path } = await start()
    const answers = await Promise.all(Array.from({ length: 100 }, () => call()))
    const [refused] = answers.filter(({ status }) => status === 429)
    expect(answers.slice(0, 50).map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(refused!.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(refused!.text).toContain('Too many requests.')
    expect((await call({}, `${path}x`)).status).toBe(404)
  })
})

function categoriesOf(known: Category[]): Fakes['categories'] {
  const { categories } = fakeParts()
  return { ...categories, list: async () => known, exist: async (names) => names.map(() => true) }
}

describe('GET /u/{token}', () => {
  it('shows the page and changes nothing', async () => {
    const { call, changes } = await start()
    const { status, text } = await call()
    expect(status).toBe(200)
    expect(text).toContain('Unsubscribe from “News”?')
    expect(text).toContain('For l***@example.com')
    expect(text).not.toContain('l@example.com')
    expect(changes).toEqual([])
  })

  it('is answered to HEAD as to GET, with and without a slash at the end', async () => {
    const { call, path } = await start()
    expect(await call({ method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    expect((await call({}, `${path}/`)).status).toBe(200)
    expect(await call({ method: 'PUT' })).toMatchObject({ status: 405 })
  })

  it('lets no script run, no other site frame it, nobody store it and no search engine list it', async () => {
    const { call, path } = await start()
    for (const { headers } of [await call(), await call({}, `${path}x`)]) {
      const policy = headers.get('content-security-policy')
      expect(policy).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/,
      )
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-robots-tag')).toContain('noindex')
    }
  })

  it('shows no address once the pusher has moved to another one', async () => {
    const { call } = await start({}, { address: 'old@example.com' })
    const { text } = await call()
    expect(text).not.toContain('@example.com')
  })

  it('escapes what operators and pushers wrote', async () => {
    const evil = '"><script>alert(1)</script>'
    const known = [exampleCategory({ title: evil, description: evil })]
    const stored = new Map([['lupino', examplePusher({ senders: [evil] })]])
    const { call } = await start({ categories: categoriesOf(known), stored, known: [appWith({ name: evil })] })
    expect((await call()).text).not.toContain('<script')
  })

  it('names the app, or the host if nobody has named it', async () => {
    const titleOf = async (name: string) =>
      /<title>(.*)<\/title>/.exec((await (await start({ known: [appWith({ name })] })).call()).text)?.[1]
    expect(await titleOf('Books')).toBe('Unsubscribe from “News”? · Books')
    expect(await titleOf('first')).toBe('Unsubscribe from “News”? · bells.example.com')
  })

  it('works for an app that is disabled', async () => {
    const { call } = await start({ known: [appWith({ enabled: false })] })
    expect((await call()).status).toBe(200)
  })

  it('refuses what it did not sign, and what names an app that does not exist', async () => {
    const { call, path } = await start()
    const strangers = ['/u', '/u/', `${path}x`, path.slice(0, -1), '/u/x', `/u/${'A'.repeat(80)}`]
    for (const at of strangers) expect(await call({}, at)).toMatchObject({ status: 404 })
    expect((await call({ method: 'POST' }, strangers[0])).status).toBe(404)
    const unknown = await start({}, { app: 2 })
    expect(await unknown.call()).toMatchObject({
      status: 404,
      text: expect.stringContaining('This link does not work'),
    })
    const asked = await unknown.call({ headers: { accept: 'application/json' } })
    expect(JSON.parse(asked.text)).toMatchObject({ code: 'not_found' })
  })
})

describe('POST /v1/pushers/{id}/unsubscribe-link', () => {
  const ask = async (given: Partial<Fakes>, pusher: string, body: Record<string, string>) => {
    const parts = fakeParts(given)
    const api = createApi(parts)
    const at = `/v1/pushers/${pusher}/unsubscribe-link`
    const response = await api.request(at, { method: 'POST', body: new URLSearchParams(body) })
    return { api, status: response.status, json: (await response.json()) as { url: string } }
  }

  it('makes a link that opens the page of the pusher', async () => {
    const { api, status, json } = await ask({}, 'lupino', { sender: 'sendmail', category: 'news' })
    expect(status).toBe(200)
    expect(json.url).toMatch(/^https:\/\/bells\.example\.com\/u\/[\w-]+$/)
    expect((await api.request(new URL(json.url).pathname)).status).toBe(200)
  })

  it.each([
    ['nobody', { sender: 'sendmail' }, 'pusher_not_found'],
    ['lupino', { sender: 'sendmail', category: 'none' }, 'category_not_found'],
    ['lupino', {}, 'invalid_field'],
  ])('refuses %s with %j', async (pusher, body, code) => {
    expect(await ask({}, pusher, body as Record<string, string>)).toMatchObject({ json: { code } })
  })

  it('needs the public address of the server', async () => {
    const { status, json } = await ask({ providers: {} }, 'lupino', { sender: 'sendmail' })
    expect(status).toBe(409)
    expect(json).toMatchObject({ err: expect.stringContaining('PUBLIC_URL') })
  })
})

describe('the language', () => {
  it.each([
    ['de-AT', '', 'de'],
    ['zh-CN', '', 'zh-Hans'],
    ['zh', '', 'zh-Hans'],
    ['zh-TW', '', 'zh-Hant'],
    ['zh-Hant-HK', 'de', 'zh-Hant'],
    ['pt-PT', '', 'pt'],
    ['', 'sv, fr-CH;q=0.8, de;q=0.9, *;q=0.1', 'de'],
    ['', 'de;q=0, fr', 'fr'],
    ['sv', 'ja', 'ja'],
    ['sv', '', 'en'],
    ['', '*', 'en'],
    ['', ',;q=x,--', 'en'],
  ])('of the locale %j and the browser %j is %s', (locale, accepted, lang) => {
    expect(textsFor(locale, accepted).lang).toBe(lang)
  })

  it.each([...languages])('%s has words for everything', (_, texts) => {
    const words = Object.values(texts).map((text) => (typeof text === 'function' ? text('X') : JSON.stringify(text)))
    for (const word of words) expect(word.length).toBeGreaterThan(1)
    expect(texts.unsubscribed('X')).toContain('X')
    expect([...languages.values()].filter(({ failedWhy }) => failedWhy === texts.failedWhy)).toEqual([texts])
  })

  it('is that of the page', async () => {
    const stored = new Map([['lupino', examplePusher({ locale: 'ar' })]])
    const { call } = await start({ stored })
    expect((await call()).text).toContain('<html lang="ar" dir="rtl">')
    const { call: callPlain, path } = await start()
    const german = { headers: { 'accept-language': 'de' } }
    expect((await callPlain(german)).text).toContain('<html lang="de" dir="ltr">')
    expect((await callPlain(german, `${path}x`)).text).toContain('Dieser Link funktioniert nicht.')
  })
})
