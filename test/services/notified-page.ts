import type { Page, Worker } from 'playwright-core'

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
  return page.evaluate(`navigator.serviceWorker.ready
    .then((registration) => registration.getNotifications())
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
