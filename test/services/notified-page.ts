import type { BrowserContext, Page, Worker } from 'playwright-core'
import type { SubscriptionJson } from './subscriber.ts'

/*
 * Chromium without Google's push service cannot subscribe. So the page gets a subscription of the test's own, the test
 * decrypts what is sent to it, and DevTools deliver that to the service worker.
 */

/** What is on the screen. */
export interface ShownNotification {
  title: string
  body: string
  tag: string
  icon: string
  image: string
  badge: string
  actions: { action: string; title: string }[]
}

/** Allows notifications on pages of an origin, and lets them subscribe with this subscription. */
export async function allowPush(
  context: BrowserContext,
  origin: string,
  subscription: SubscriptionJson,
): Promise<void> {
  await context.grantPermissions(['notifications'], { origin })
  await context.addInitScript(fakePushManager, subscription)
}

/** Runs in the page, which keeps its subscription over a reload. */
function fakePushManager(json: SubscriptionJson): void {
  interface Subscribing {
    getSubscription(): Promise<unknown>
    subscribe(options: { applicationServerKey: Uint8Array }): Promise<unknown>
  }
  const page = globalThis as unknown as {
    PushManager: { prototype: Subscribing }
    localStorage: {
      getItem(key: string): string | null
      setItem(key: string, value: string): void
      removeItem(key: string): void
    }
  }
  const store = page.localStorage
  const subscriptionWith = (key: string) => ({
    ...json,
    options: { applicationServerKey: Uint8Array.from(key.split(','), Number).buffer },
    toJSON: () => json,
    unsubscribe: async () => store.removeItem('subscribed'),
  })
  page.PushManager.prototype.getSubscription = async () => {
    const key = store.getItem('subscribed')
    return key === null ? null : subscriptionWith(key)
  }
  page.PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    store.setItem('subscribed', applicationServerKey.join(','))
    return subscriptionWith(applicationServerKey.join(','))
  }
}

/** Delivers a decrypted message to the service worker of the page's origin, as the browser's push service would. */
export async function deliver(page: Page, data: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const registration = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations[0]) resolve(registrations[0].registrationId)
    })
  })
  await devtools.send('ServiceWorker.enable')
  const { origin } = new URL(page.url())
  await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await registration, data })
  await devtools.detach()
}

/** The notifications on the screen, oldest first. */
export function shownOn(page: Page): Promise<ShownNotification[]> {
  return page.evaluate(`navigator.serviceWorker.getRegistrations()
    .then(([registration]) => registration.getNotifications())
    .then((all) => all.map(({ title, body, tag, icon, image, badge, actions }) => (
      { title, body, tag, icon, image, badge, actions: actions.map(({ action, title }) => ({ action, title })) })))`)
}

/**
 * Clicks the notification with this title, or a button of it. Only a click of a person lets a worker open or focus a
 * page, so what it asks for is returned instead.
 */
export function clickOn(worker: Worker, title: string, action = ''): Promise<string[]> {
  const script = `(async () => {
    const asked = []
    const waiting = []
    self.clients.openWindow = async (url) => void asked.push('open ' + url)
    WindowClient.prototype.focus = async function () { asked.push('focus ' + this.url) }
    const notification = (await self.registration.getNotifications()).find((one) => one.title === ${JSON.stringify(title)})
    const event = new NotificationEvent('notificationclick', { notification, action: ${JSON.stringify(action)} })
    event.waitUntil = (work) => void waiting.push(work)
    self.dispatchEvent(event)
    await Promise.all(waiting)
    return asked
  })()`
  return worker.evaluate(script)
}
