import type { Browser, BrowserContext, Page, Worker } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { clickOn, deliver, shownOn } from '../services/notified-page.ts'
import { pushSite } from '../services/push-site.ts'

describe.skipIf(!hasChromium)('the service worker in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())

  /** A page with the service worker, where notifications are allowed. */
  async function open() {
    const { origin, calls } = await pushSite(() => ({ json: { address: { id: '8' } } }))
    const context = await person(browser)
    await context.grantPermissions(['notifications'], { origin })
    const page = await context.newPage()
    await page.goto(`${origin}/`)
    const worker = await registered(context, page)
    return { origin, calls, context, page, worker, push: (message: object) => deliver(page, JSON.stringify(message)) }
  }

  it('shows a message with all that it has, and another one with its tag instead of it', async () => {
    const { origin, page, push } = await open()
    const message = { id: '1', title: 'Order 7', body: 'It is on its way.', tag: 'order-7', url: '/orders/7' }
    const pictures = { icon: '/icon.png', image: '/image.png', badge: '/badge.png' }
    await push({ ...message, ...pictures, actions: [{ action: 'track', title: 'Track', url: '/track/7' }] })
    await expect
      .poll(() => shownOn(page))
      .toEqual([
        {
          title: 'Order 7',
          body: 'It is on its way.',
          tag: 'order-7',
          icon: `${origin}/icon.png`,
          image: `${origin}/image.png`,
          badge: `${origin}/badge.png`,
          actions: [{ action: 'track', title: 'Track' }],
        },
      ])
    await push({ ...message, id: '2', title: 'Order 7 is here' })
    await push({ ...message, id: '3', title: 'Order 8', tag: 'order-8' })
    await expect
      .poll(async () => (await shownOn(page)).map(({ title }) => title))
      .toEqual(['Order 7 is here', 'Order 8'])
  })

  it('gives a message without a title to the pages that are open, and shows nothing', async () => {
    const { page, push } = await open()
    await page.evaluate(`void (heard = new Promise((resolve) => {
      navigator.serviceWorker.onmessage = ({ data }) => resolve(data)
    }))`)
    await push({ id: '1', data: { sync: 'orders' } })
    expect(await page.evaluate('heard')).toEqual({
      type: 'carillon-push',
      message: { id: '1', data: { sync: 'orders' } },
    })
    expect(await shownOn(page)).toEqual([])
  })

  it('leaves alone what is not from Carillon', async () => {
    const { page, push } = await open()
    for (const data of ['text', '"text"', 'null', '{"title":"Other"}']) await deliver(page, data)
    await push({ id: '1', title: 'Ours' })
    await expect.poll(async () => (await shownOn(page)).map(({ title }) => title)).toEqual(['Ours'])
  })

  it('focuses the page of a notification if it is open, and opens it otherwise', async () => {
    const { origin, context, page, worker, push } = await open()
    const other = await context.newPage()
    await other.goto(`${origin}/orders?id=7#end`)
    await push({ id: '1', title: 'Seven', tag: '7', url: '/orders?id=7#end' })
    await push({ id: '2', title: 'Eight', tag: '8', url: `${origin}/orders?id=8` })
    await push({ id: '3', title: 'No url', tag: 'none' })
    await push({ id: '4', title: 'Elsewhere', tag: 'else', url: 'https://shop.example.com/' })
    await push({ id: '5', title: 'Bad', tag: 'bad', url: 'javascript:alert(1)' })
    await expect.poll(async () => (await shownOn(page)).length).toBe(5)
    expect(await clickOn(worker, 'Seven')).toEqual([`focus ${origin}/orders?id=7#end`])
    expect(await clickOn(worker, 'Eight')).toEqual([`open ${origin}/orders?id=8`])
    expect(await clickOn(worker, 'No url')).toEqual([`focus ${origin}/`])
    expect(await clickOn(worker, 'Elsewhere')).toEqual(['open https://shop.example.com/'])
    expect(await clickOn(worker, 'Bad')).toEqual([])
    expect(await shownOn(page)).toEqual([])
  })

  it('opens the url of a button, or else of the notification', async () => {
    const { origin, page, worker, push } = await open()
    const actions = [
      { action: 'track', title: 'Track', url: '/track/7' },
      { action: 'hide', title: 'Hide' },
    ]
    await push({ id: '1', title: 'One', tag: '1', url: '/orders/7', actions })
    await push({ id: '2', title: 'Two', tag: '2', url: '/orders/7', actions })
    await expect.poll(async () => (await shownOn(page)).length).toBe(2)
    expect(await clickOn(worker, 'One', 'track')).toEqual([`open ${origin}/track/7`])
    expect(await clickOn(worker, 'Two', 'hide')).toEqual([`open ${origin}/orders/7`])
  })

  it.each([
    ['the last token', {}, 'Bearer old'],
    ['a token that it asks for', { tokenUrl: '/token' }, 'Bearer new'],
    ['the last token if it gets a login page', { tokenUrl: '/token-of-nobody' }, 'Bearer old'],
  ])('registers a subscription that replaces the old one with %s', async (_, record, authorization) => {
    const { origin, calls, page, worker } = await open()
    await remember(page, { url: origin, token: 'old', key: 'AAAA', ...record })
    const subscribed = await renewed(worker)
    expect(subscribed).toEqual({ userVisibleOnly: true, applicationServerKey: 'AAAA' })
    const subscription = { endpoint: 'https://push.example.com/2' }
    const body = { kind: 'webpush', subscription, target: origin }
    const kept = "caches.match('/carillon-push.json').then((record) => record.json())"
    expect(await page.evaluate(kept)).toMatchObject({ url: origin, token: 'old', id: '8' })
    expect(calls).toEqual([{ call: 'PUT /v1/me/addresses', authorization, body }])
  })

  it('ends a subscription that replaces one which the page has ended meanwhile', async () => {
    const { origin, page, worker } = await open()
    await remember(page, { url: origin, token: 'old', key: 'AAAA' })
    const options = { userVisibleOnly: true, applicationServerKey: 'AAAA' }
    const signOut = "await (await caches.open('carillon-push')).delete('/carillon-push.json')"
    expect(await renewed(worker, signOut)).toEqual({ ...options, isEnded: true })
    expect(await page.evaluate("caches.match('/carillon-push.json').then(Boolean)")).toBe(false)
  })
})

/** What `subscribePush` leaves for the service worker. */
async function remember(page: Page, record: object) {
  const saved = JSON.stringify(JSON.stringify(record))
  await page.evaluate(`caches.open('carillon-push').then((cache) =>
    cache.put('/carillon-push.json', new Response(${saved})))`)
}

/**
 * The browser wants the subscription to be replaced.
 * @param meanwhile runs before it has a new one
 * @returns the options with which it was subscribed, and whether that was ended
 */
function renewed(worker: Worker, meanwhile = ''): Promise<unknown> {
  return worker.evaluate(`(async () => {
    const waiting = []
    let subscribed
    PushManager.prototype.subscribe = async (options) => {
      subscribed = options
      ${meanwhile}
      return {
        toJSON: () => ({ endpoint: 'https://push.example.com/2' }),
        unsubscribe: async () => void (subscribed.isEnded = true),
      }
    }
    const event = new ExtendableEvent('pushsubscriptionchange')
    event.waitUntil = (work) => void waiting.push(work)
    self.dispatchEvent(event)
    await Promise.all(waiting)
    return subscribed
  })()`)
}

async function registered(context: BrowserContext, page: Page) {
  const [worker] = await Promise.all([
    context.waitForEvent('serviceworker'),
    page.evaluate("navigator.serviceWorker.register('/carillon-sw.js').then(() => navigator.serviceWorker.ready)"),
  ])
  return worker
}
