import { expect, describe, it } from 'vitest'
import { ADMIN, fakeDeps, openDeps, VIEWER, Visit } from './fakes.ts'

const PAUSE = '/console/senders/sendmail/pause'

async function signedIn(account = ADMIN, deps = fakeDeps()): Promise<Visit> {
  const visit = new Visit(deps)
  await visit.login(account)
  return visit
}

describe('the login', () => {
  it('is where everybody without a session is sent, and leads back', async () => {
    const visit = new Visit(fakeDeps())
    const sent = await visit.get('/console/senders?app=1')
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      '/console/login?next=%2Fconsole%2Fsenders%3Fapp%3D1',
    ])
    const back = await visit.post('/console/login', { ...ADMIN, next: '/console/senders?app=1' })
    expect([back.status, back.headers.get('location')]).toEqual([303, '/console/senders?app=1'])
    expect((await visit.get('/console/senders')).status).toBe(200)
    expect(visit.deps.audited).toMatchObject([{ action: 'login', account: 'ops' }])
  })

  it.each([
    'https://evil.example',
    '//evil.example',
    '/consolex',
    '/console/\n//evil',
    '/console@evil.example',
    '/docs',
  ])('leads nowhere else: %s', async (next) => {
    const answer = await new Visit(fakeDeps()).post('/console/login', { ...ADMIN, next })
    expect(answer.headers.get('location')).toBe('/console')
  })

  it.each([
    { account: 'ops', password: 'wrong' },
    { account: 'ops', password: '' },
    { account: '', password: '' },
    { account: 'ops', password: VIEWER.password },
  ])('refuses a wrong account or password: %o', async (given) => {
    const visit = new Visit(fakeDeps())
    const answer = await visit.login(given)
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('The account or the password is wrong.')
    expect((await visit.get('/console/senders')).status).toBe(303)
    expect(visit.deps.logged).toMatchObject([{ message: 'a login to the console failed' }])
    expect(JSON.stringify(visit.deps.logged)).not.toContain('wrong')
  })

  it('does not accept a role that has no account', async () => {
    const visit = new Visit(fakeDeps({ accounts: { admin: ADMIN } }))
    expect((await visit.login({ account: '', password: '' })).status).toBe(401)
  })

  it('refuses even the right password after ten wrong ones from the address', async () => {
    const visit = new Visit(fakeDeps())
    for (let attempt = 0; attempt < 10; attempt++)
      expect((await visit.login({ ...ADMIN, password: `${attempt}` })).status).toBe(401)
    const refused = await visit.login()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(await refused.text()).toContain('more than 10 failed attempts')
  })

  it('does not count what succeeds', async () => {
    const visit = new Visit(fakeDeps())
    for (let attempt = 0; attempt < 12; attempt++) expect((await visit.login()).status).toBe(303)
  })

  it('says how to make an account where there is none', async () => {
    const answer = await new Visit(fakeDeps({ accounts: {} })).get('/console/login')
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('<code>ADMIN_ACCOUNT</code>')
  })

  it('is not for the forms of other pages', async () => {
    const visit = new Visit(fakeDeps())
    const answer = await visit.post('/console/login', ADMIN, { origin: 'https://evil.example' })
    expect(answer.status).toBe(403)
    expect(visit.deps.sessions.size).toBe(0)
  })
})

describe('a session', () => {
  it('has a cookie that scripts, other sites and plain HTTP do not get', async () => {
    const visit = new Visit(fakeDeps())
    const cookieOf = async (headers: Record<string, string>) =>
      (await visit.post('/console/login', ADMIN, headers)).headers.get('set-cookie')!.split('; ').slice(1).toSorted()
    const always = ['HttpOnly', 'Max-Age=43200', 'Path=/console', 'SameSite=Strict']
    expect(await cookieOf({})).toEqual(always)
    expect(await cookieOf({ 'x-forwarded-proto': 'https' })).toEqual([...always, 'Secure'])
  })

  it('is stored as a hash only', async () => {
    const visit = await signedIn()
    const [stored] = visit.deps.sessions
    expect(visit.cookie).not.toContain(stored)
    const thief = new Visit(visit.deps)
    thief.cookie = `carillon_console=${stored}`
    expect((await thief.get('/console/senders')).status).toBe(303)
  })

  it('ends at the logout, wherever its cookie is used', async () => {
    const visit = await signedIn()
    const elsewhere = new Visit(visit.deps)
    elsewhere.cookie = visit.cookie
    expect((await elsewhere.get('/console/senders')).status).toBe(200)
    await visit.submit('/console/senders', '/console/logout')
    expect((await elsewhere.get('/console/senders')).status).toBe(303)
    expect(visit.deps.audited[0]).toMatchObject({ action: 'logout', account: 'ops' })
  })

  it('ends when the password changes, and that of the other account goes on', async () => {
    const [admin, viewer] = [await signedIn(), await signedIn(VIEWER)]
    const sessions = new Set([...admin.deps.sessions, ...viewer.deps.sessions])
    const find = async (hashes: readonly string[]) => hashes.find((hash) => sessions.has(hash)) ?? null
    const changed = fakeDeps({ accounts: { admin: { ...ADMIN, password: 'new' }, viewer: VIEWER } })
    const statusOf = async ({ cookie }: Visit) => {
      const visit = new Visit({ ...changed, logins: { ...changed.logins, find } })
      visit.cookie = cookie
      return (await visit.get('/console/senders')).status
    }
    expect([await statusOf(admin), await statusOf(viewer)]).toEqual([303, 200])
  })
})

describe('a change', () => {
  it('is made by the form of a page, and written down', async () => {
    const visit = await signedIn()
    const answer = await visit.submit('/console/senders', PAUSE)
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/console/senders?notice=sender-paused&about=sendmail',
    ])
    expect(visit.deps.calls).toEqual([['pause', 1, 'sendmail']])
    expect(visit.deps.audited[0]).toMatchObject({
      account: 'ops',
      address: 'unknown',
      app: 1,
      action: 'sender.pause',
      target: 'sendmail',
      failure: null,
    })
    expect(await visit.text('/console/senders?notice=sender-paused')).toContain('The sender is paused.')
  })

  it.each([
    ['no token', {}, {}],
    ['another token', { token: 'x'.repeat(43) }, {}],
    ['the right token from another origin', undefined, { origin: 'https://evil.example' }],
  ])('is refused with %s', async (_what, fields, headers) => {
    const visit = await signedIn()
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await visit.text('/console/senders'))!
    const answer = await visit.post(PAUSE, fields ?? { token }, headers)
    expect(answer.status).toBe(403)
    expect(visit.deps.calls).toEqual([])
  })

  it('is refused with the token of somebody else', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await other.text('/console/senders'))!
    expect((await one.post(PAUSE, { token })).status).toBe(403)
  })

  it('is not for viewers, by page or by hand', async () => {
    const visit = await signedIn(VIEWER)
    const page = await visit.text('/console/senders')
    expect(page).not.toContain(PAUSE)
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page)!
    const answer = await visit.post(PAUSE, { token })
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('Your account can read everything here, but change nothing.')
    expect(visit.deps.calls).toEqual([])
    expect((await visit.submit('/console/senders', '/console/logout')).status).toBe(303)
  })

  it('is not for strangers', async () => {
    const visit = new Visit(fakeDeps())
    const answer = await visit.post(PAUSE, { token: 'x' })
    expect(answer.status).toBe(401)
    expect(visit.deps.calls).toEqual([])
  })

  it('that fails is written down with its error, and its page says so', async () => {
    const deps = fakeDeps()
    deps.senders.pause = () => Promise.reject(new Error('select secret'))
    const visit = await signedIn(ADMIN, deps)
    const answer = await visit.submit('/console/senders', PAUSE)
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('select secret')
    expect(deps.audited[0]).toMatchObject({ action: 'sender.pause', failure: 'an internal error' })
  })

  it('names the address that a proxy reports, beside the one that the proxy has', async () => {
    const visit = await signedIn()
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await visit.text('/console/senders'))!
    await visit.post(PAUSE, { token }, { 'x-forwarded-for': '10.0.0.1, 203.0.113.7' })
    expect(visit.deps.audited[0]).toMatchObject({ address: '203.0.113.7 through unknown' })
  })
})

describe('in open mode', () => {
  it('nobody signs in, and changes still need the form of a page', async () => {
    const visit = new Visit(openDeps())
    expect((await visit.get('/console/login')).headers.get('location')).toBe('/console')
    expect((await visit.post(PAUSE, { token: 'x' })).status).toBe(403)
    expect((await visit.submit('/console/senders', PAUSE)).status).toBe(303)
    expect(visit.deps.audited).toMatchObject([{ account: 'open mode', action: 'sender.pause' }])
  })

  it.each<Record<string, string>>([
    { host: 'evil.example' },
    { host: 'localhost:6001', 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' },
  ])('only pages of this machine may look: %o', async (headers) => {
    const answer = await new Visit(openDeps()).get('/console/senders', headers)
    expect(answer.status).toBe(403)
    expect(await answer.text()).not.toContain('sendmail')
  })

  it('everybody signs in if there is an administrator', async () => {
    const visit = new Visit(openDeps({ accounts: { admin: ADMIN } }))
    expect((await visit.get('/console/senders')).status).toBe(303)
  })
})

describe('every page', () => {
  it('allows its own files alone', async () => {
    const visit = await signedIn()
    const page = await visit.get('/console/senders')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(page.headers.get('cache-control')).toBe('no-store')
    const text = await page.text()
    expect(text).not.toMatch(/<script(?![^>]*src=")|<style|style="|\son\w+="/)
    const files = [...text.matchAll(/(?:src|href)="(\/console\/files\/[^"]+)"/g)].map(([, path]) => path!)
    expect(files).toHaveLength(3)
    for (const path of files) expect((await new Visit(fakeDeps()).get(path)).status).toBe(200)
  })

  it('that is not there has a page that says so', async () => {
    const visit = await signedIn()
    for (const path of ['/console/nothing', '/console/senders/']) expect((await visit.get(path)).status).toBe(404)
    expect((await visit.get('/console/senders?app=7')).status).toBe(404)
  })

  it('is about the app that its link names, and its links stay there', async () => {
    const deps = fakeDeps()
    const [first] = await deps.apps.list()
    deps.apps.list = async () => [first!, { ...first!, id: 2, name: 'blog' }]
    const visit = await signedIn(ADMIN, deps)
    const text = await visit.text('/console/senders?app=2')
    expect(text).toContain('action="/console/senders/sendmail/pause?app=2"')
    expect(text).toContain('<option value="2" selected>blog (2)</option>')
    await visit.submit('/console/senders?app=2', '/console/senders/sendmail/pause?app=2')
    expect(deps.calls).toEqual([['pause', 2, 'sendmail']])
  })
})
