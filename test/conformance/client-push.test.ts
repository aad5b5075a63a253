import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { allowPush } from '../services/notified-page.ts'
import { pushSite } from '../services/push-site.ts'
import { subscriber } from '../services/subscriber.ts'

const KEYS = [subscriber(''), subscriber('')].map(({ subscription }) => subscription.keys.p256dh)

describe.skipIf(!hasChromium)('@carillon/client/push in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())

  /** A page that imports the client as a plain module, and the server's answers, which a test may change. */
  async function open({ allowed = true } = {}) {
    const answers: Record<string, { status?: number; json: object }> = {
      'GET /v1/me/push-key': { json: { key: KEYS[0] } },
      'PUT /v1/me/addresses': { json: { address: { id: '7' } } },
      'DELETE /v1/me/addresses/7': { json: { result: 'OK' } },
    }
    const { origin, calls } = await pushSite((call) => answers[call] ?? { status: 404, json: { err: 'no' } })
    const context = await person(browser)
    const { subscription } = subscriber('https://push.example.com/1')
    if (allowed) await allowPush(context, origin, subscription)
    const page = await context.newPage()
    await page.goto(`${origin}/`)
    return { origin, answers, calls, subscription, page }
  }

  it('asks, subscribes with the key of the server, and registers the browser', async () => {
    const { origin, calls, subscription, page } = await open()
    expect(await run(page, 'pushState()')).toBe('off')
    const label = 'Work laptop'
    expect(await run(page, `subscribePush(${JSON.stringify({ url: `${origin}/`, token: 'user', label })})`)).toEqual({
      id: '7',
    })
    expect(calls).toEqual([
      { call: 'GET /v1/me/push-key', authorization: 'Bearer user', body: undefined },
      {
        call: 'PUT /v1/me/addresses',
        authorization: 'Bearer user',
        body: {
          kind: 'webpush',
          subscription,
          target: origin,
          platform: 'web',
          locale: 'en-US',
          timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          label,
        },
      },
    ])
    expect(await page.evaluate('localStorage.subscribed')).toBe(Buffer.from(KEYS[0]!, 'base64url').join(','))
    expect(await run(page, 'pushState()')).toBe('on')
  })

  it('keeps a subscription, and replaces one that was made with another key', async () => {
    const { answers, page } = await open()
    const subscribe = `subscribePush({ url: location.origin, token: async () => 'user' })`
    await run(page, subscribe)
    await page.evaluate('PushManager.prototype.subscribe = () => { throw new Error("again") }')
    await run(page, subscribe)
    await page.reload()
    answers['GET /v1/me/push-key'] = { json: { key: KEYS[1] } }
    await run(page, subscribe)
    expect(await page.evaluate('localStorage.subscribed')).toBe(Buffer.from(KEYS[1]!, 'base64url').join(','))
  })

  it('ends the subscription and removes the address, whether the server still has it or not', async () => {
    const { answers, calls, page } = await open()
    const options = `{ url: location.origin, token: 'user' }`
    expect(await run(page, `unsubscribePush(${options})`)).toBe(false)
    for (const status of [200, 404]) {
      answers['DELETE /v1/me/addresses/7'] = { status, json: {} }
      await run(page, `subscribePush(${options})`)
      expect(await run(page, `unsubscribePush(${options})`)).toBe(true)
      expect(calls.pop()).toMatchObject({ call: 'DELETE /v1/me/addresses/7', authorization: 'Bearer user' })
      expect(await run(page, 'pushState()')).toBe('off')
    }
  })

  it.each([
    ['token', 'cancelled', undefined],
    ['GET', 'cancelled', 'GET /v1/me/push-key'],
    ['subscribe', 'cancelled', 'GET /v1/me/push-key'],
    ['PUT', 'subscribed', 'DELETE /v1/me/addresses/7'],
  ])('leaves nothing behind when it is ended while it waits for %s', async (step, outcome, lastCall) => {
    const { calls, page } = await open()
    const { subscribing, ending } = heldAt(step)
    await page.evaluate(subscribing)
    expect(await page.evaluate(ending)).toBe(outcome)
    expect(await run(page, 'pushState()')).toBe('off')
    expect(calls.at(-1)?.call).toBe(lastCall)
    await run(page, "subscribePush({ url: location.origin, token: 'user' })")
    expect(await run(page, 'pushState()')).toBe('on')
  })

  it('is silent even if the server cannot remove the address', async () => {
    const { answers, page } = await open()
    const options = `{ url: location.origin, token: 'user' }`
    await run(page, `subscribePush(${options})`)
    answers['DELETE /v1/me/addresses/7'] = { status: 503, json: { err: 'The database cannot be reached' } }
    expect(await refusal(page, `unsubscribePush(${options})`)).toEqual([
      'unavailable',
      'The database cannot be reached',
    ])
    expect(await run(page, 'pushState()')).toBe('off')
  })

  it.each([
    ['cannot be reached', "fetch = async () => { throw new TypeError('Failed to fetch') }"],
    [
      'does not answer',
      `const timeout = AbortSignal.timeout
      fetch = (url, { signal }) => new Promise((_, reject) => { signal.onabort = () => reject(signal.reason) })
      AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 1000)`,
    ],
  ])('is silent even if the server %s', async (_, outage) => {
    const { page } = await open()
    const options = `{ url: location.origin, token: 'user' }`
    await run(page, `subscribePush(${options})`)
    await page.evaluate(outage)
    expect(await refusal(page, `unsubscribePush(${options})`)).toEqual(['unavailable', 'The server does not answer.'])
    expect(await run(page, 'pushState()')).toBe('off')
  })

  it('is silent even if there is no token', async () => {
    const { page } = await open()
    await run(page, "subscribePush({ url: location.origin, token: 'user' })")
    const token = "() => { throw new Error('signed out') }"
    expect(await refusal(page, `unsubscribePush({ url: location.origin, token: ${token} })`)).toEqual([
      undefined,
      'signed out',
    ])
    expect(await run(page, 'pushState()')).toBe('off')
  })

  it('gives up on a push service that does not answer', async () => {
    const { page } = await open()
    await page.evaluate(`const later = setTimeout
      setTimeout = (run, ms, ...args) => later(run, ms / 1000, ...args)
      PushManager.prototype.subscribe = () => new Promise(() => {})`)
    expect(await refusal(page, "subscribePush({ url: location.origin, token: 'user' })")).toEqual([
      'unavailable',
      "The browser's push service does not answer. A firewall or a blocker may keep the browser from it: try again in another network.",
    ])
  })

  it('says that a private window cannot subscribe', async () => {
    const { origin, page } = await open({ allowed: false })
    await page.context().grantPermissions(['notifications'], { origin })
    expect(await refusal(page, "subscribePush({ url: location.origin, token: 'user' })")).toEqual([
      'unsupported',
      expect.stringContaining('If this is a private window, open the page in a normal one.'),
    ])
  })

  it('says what is missing', async () => {
    const { origin, page } = await open()
    const missing: [options: string, sentence: RegExp][] = [
      ["{ token: 'user' }", /^The option url is missing\.$/],
      ['{ url: location.origin }', /^The option token is missing\.$/],
      ["{ url: location.origin, token: async () => '<!doctype html>' }", /^The option token must be a user token/],
      ['{ url: location.origin, token: async () => {} }', /^The option token must be a user token/],
      [
        "{ url: location.origin, token: 'user', serviceWorker: '/none.js' }",
        new RegExp(`^Serve carillon-sw.js of @carillon/client at ${origin}/none.js: `),
      ],
    ]
    for (const [options, sentence] of missing)
      expect(await refusal(page, `subscribePush(${options})`)).toEqual([
        'misconfigured',
        expect.stringMatching(sentence),
      ])
  })

  it('runs the page of docs/ringing.md, which is silent after the sign-out whether the server answers or not', async () => {
    const { origin, calls, page } = await open()
    const script = snippetOf('docs/ringing.md')
      .replace('@carillon/client/push', '/push.js')
      .replace('https://push.example.com', origin)
      .replaceAll("'/push-token'", "'/token'")
    const visit = async (outage = '') => {
      await page.goto(`${origin}/`)
      await page.evaluate(outage)
      await page.setContent('<button id="notify">Notify me</button><button id="sign-out">Sign out</button>')
      await page.addScriptTag({ type: 'module', content: `${script}\ndocument.title = 'ready'` })
      await page.waitForFunction("document.title === 'ready'")
    }
    const signOut = async () => {
      await Promise.all([page.waitForURL('**/sign-out'), page.click('#sign-out')])
      expect(await run(page, 'pushState()')).toBe('off')
    }
    await visit()
    await page.click('#notify')
    await page.waitForSelector('text=Notifications are on')
    await signOut()
    expect(calls.at(-1)).toMatchObject({ call: 'DELETE /v1/me/addresses/7', authorization: 'Bearer new' })
    await visit()
    await page.click('#notify')
    await page.waitForSelector('text=Notifications are on')
    await visit("fetch = async () => { throw new TypeError('Failed to fetch') }")
    await signOut()
  })

  it('says why it could not subscribe', async () => {
    const { origin, answers, page } = await open()
    const subscribe = `subscribePush({ url: location.origin, token: 'user' })`
    answers['PUT /v1/me/addresses'] = { status: 403, json: { err: 'The token lacks the scope addresses' } }
    expect(await refusal(page, subscribe)).toEqual(['forbidden', 'The token lacks the scope addresses'])
    expect(await refusal(page, `subscribePush({ url: 'http://127.0.0.1:1', token: 'user' })`)).toEqual([
      'unavailable',
      `The server does not answer, or its setting ALLOWED_ORIGINS does not name ${origin}.`,
    ])
    await page.evaluate('localStorage.clear()')
    await page.evaluate(
      'PushManager.prototype.subscribe = async () => { throw new Error("push service not available") }',
    )
    expect(await refusal(page, subscribe)).toEqual([
      'unavailable',
      'The browser could not subscribe: push service not available',
    ])
  })

  it('says that notifications are blocked, or that there are none', async () => {
    const { page } = await open({ allowed: false })
    const subscribe = `subscribePush({ url: location.origin, token: 'user' })`
    await page.evaluate(`Object.defineProperty(Notification, 'permission', { value: 'denied' });
      Notification.requestPermission = async () => 'denied'`)
    expect(await run(page, 'pushState()')).toBe('denied')
    expect(await refusal(page, subscribe)).toEqual([
      'denied',
      'Notifications of this page are blocked. Allow them in the settings of the browser.',
    ])
    await page.evaluate(`Notification.requestPermission = async () => 'default'`)
    expect(await refusal(page, subscribe)).toEqual(['denied', 'Notifications were not allowed.'])
    await page.evaluate('delete globalThis.PushManager')
    expect(await run(page, 'pushState()')).toBe('unsupported')
    expect(await refusal(page, subscribe)).toEqual(['unsupported', 'This browser cannot receive notifications.'])
    expect(await run(page, "unsubscribePush({ url: location.origin, token: 'user' })")).toBe(false)
  })
})

/** The first program for a page. */
function snippetOf(path: string): string {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  return /```js\n(.*?)```/s.exec(text)![1]!
}

/** The value of a call of the client. */
function run(page: Page, call: string): Promise<unknown> {
  return page.evaluate(`import('/push.js').then(({ pushState, subscribePush, unsubscribePush }) => ${call})`)
}

/** Programs of a page: the first subscribes until it waits for a step, and the second ends that and lets it go on. */
function heldAt(step: string): { subscribing: string; ending: string } {
  const subscribing = `new Promise((reached) => {
    const released = new Promise((resolve) => { globalThis.release = resolve })
    const { fetch, PushManager: { prototype } } = globalThis
    const { subscribe } = prototype
    const hold = async (name) => { if (name === '${step}') await (reached(), released) }
    const token = async () => (await hold('token'), 'user')
    globalThis.fetch = async (url, init) => (await hold(init.method), fetch(url, init))
    prototype.subscribe = async (options) => (await hold('subscribe'), subscribe(options))
    const call = ({ subscribePush }) => subscribePush({ url: location.origin, token })
    globalThis.outcome = import('/push.js').then(call).then(() => 'subscribed', ({ code }) => code)
  })`
  const ending = `import('/push.js').then(async ({ unsubscribePush }) => {
    const ended = unsubscribePush({ url: location.origin, token: 'user' })
    release()
    await ended
    return outcome
  })`
  return { subscribing, ending }
}

function refusal(page: Page, call: string): Promise<unknown> {
  const caught = '(error) => [error.code, error.message]'
  return run(page, `${call}.then(() => 'no refusal', ${caught})`)
}
