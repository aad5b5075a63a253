/*
 * The service worker of @carillon/client/push: shows what sendpush sends to this browser. Serve a copy of this file from
 * your own origin, or call importScripts('/carillon-sw.js') in a worker that you have.
 */
;(() => {
  'use strict'

  const CACHE = 'carillon-push'
  const RECORD = '/carillon-push.json'

  self.addEventListener('push', (event) => event.waitUntil(receive(event.data)))
  self.addEventListener('notificationclick', (event) => event.waitUntil(click(event)))
  self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)))

  /** Without a title nothing is shown: the pages that are open get the message all the same. */
  async function receive(data) {
    const message = read(data)
    if (!message) return
    const { id, title, url, appBadge, data: own, actions = [], ...options } = message
    for (const page of await pages()) page.postMessage({ type: 'carillon-push', message })
    if (appBadge !== undefined) await showBadge(appBadge)
    if (title === undefined) return
    const urls = Object.fromEntries(actions.map((action) => [action.action, action.url]))
    await self.registration.showNotification(title, { ...options, actions, data: { id, url, urls, data: own } })
  }

  /** Undefined when the message is not from Carillon. */
  function read(data) {
    try {
      const message = data.json()
      return typeof message?.id === 'string' ? message : undefined
    } catch {
      return undefined
    }
  }

  async function showBadge(count) {
    await self.navigator.setAppBadge?.(count).catch(() => {}) // refused unless the page is installed
  }

  async function click({ notification, action }) {
    notification.close()
    const { id, url, urls = {} } = notification.data ?? {}
    if (id !== undefined) await open(urls[action] ?? url)
  }

  /** Focuses the page if it is open, and opens it otherwise. */
  async function open(url = self.registration.scope) {
    const target = new URL(url, self.registration.scope)
    if (!/^https?:$/.test(target.protocol)) return
    const page = (await pages()).find((one) => one.url === target.href)
    await (page ? page.focus() : self.clients.openWindow(target.href))
  }

  function pages() {
    return self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  }

  /** The browser has replaced the subscription, or wants it to be replaced. */
  async function renew({ newSubscription }) {
    const cache = await caches.open(CACHE)
    const record = await (await cache.match(RECORD))?.json()
    if (!record) return
    const subscription = newSubscription ?? (await subscribe(record.key))
    const answer = await fetch(`${record.url}/v1/me/addresses`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${await tokenOf(record)}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ kind: 'webpush', subscription: subscription.toJSON(), target: self.location.origin }),
    })
    if (!answer.ok) return
    const { address } = await answer.json()
    const isEnded = !(await cache.match(RECORD)) // unsubscribePush has removed it meanwhile
    if (isEnded) await subscription.unsubscribe()
    else await cache.put(RECORD, Response.json({ ...record, id: address.id }))
  }

  function subscribe(applicationServerKey) {
    return self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  }

  async function tokenOf({ token, tokenUrl }) {
    if (tokenUrl === undefined) return token
    const answer = await fetch(tokenUrl, { credentials: 'include' })
    const isLogin = !answer.ok || answer.redirected
    return isLogin ? token : (await answer.text()).trim()
  }
})()
