/*
 * Lets a browser be rung. This file is for browsers as it is: import it through a bundler, or copy it and import it as a
 * module. Its types are in push.d.ts.
 */

const CACHE = 'carillon-push'
const RECORD = '/carillon-push.json'
const CALL_TIMEOUT_MS = 10_000
const SUBSCRIBE_TIMEOUT_MS = 30_000
/** RFC 6750, section 2.1. The page of a login, or JSON, is none. */
const BEARER_TOKEN = /^[\w.~+/-]+=*$/

/** A code and a sentence for the reader of the page. */
export class PushError extends Error {
  constructor(code, message, options) {
    super(message, options)
    this.name = 'PushError'
    this.code = code
  }
}

export async function pushState({ serviceWorker = '/carillon-sw.js' } = {}) {
  if (problemHere() !== undefined) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  const registration = await registrationOf(serviceWorker)
  const subscription = Notification.permission === 'granted' && (await registration?.pushManager.getSubscription())
  return subscription ? 'on' : 'off'
}

export async function subscribePush({ url, token, serviceWorker = '/carillon-sw.js', tokenUrl, label }) {
  const problem = problemHere()
  if (problem !== undefined) throw new PushError('unsupported', problem)
  requireOptions({ url, token })
  const stopIfEnded = untilEnded()
  await askPermission() // before anything else is awaited: browsers show the question only right after a click
  const registration = await register(serviceWorker)
  const current = await tokenFrom(token)
  const call = caller(url, current, stopIfEnded)
  return oneAtATime(async () => {
    const { key } = await call('GET', 'push-key')
    const subscription = await subscribe(registration.pushManager, bytesOf(key))
    const { address } = await call('PUT', 'addresses', {
      kind: 'webpush',
      subscription: subscription.toJSON(),
      target: location.origin,
      platform: 'web',
      locale: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(label !== undefined && { label }),
    })
    await remember({ url: baseOf(url), token: current, tokenUrl, key, id: address.id })
    return { id: address.id }
  })
}

export async function unsubscribePush({ url, token, serviceWorker = '/carillon-sw.js' }) {
  if (problemHere() !== undefined) return false
  endings++
  // First of all: the browser is silent whatever fails afterwards.
  const { wasSubscribed, id } = await oneAtATime(() => endSubscription(serviceWorker))
  if (id === undefined) return wasSubscribed
  requireOptions({ url, token })
  await caller(url, await tokenFrom(token))('DELETE', `addresses/${id}`)
  return wasSubscribed
}

async function endSubscription(serviceWorker) {
  const registration = await registrationOf(serviceWorker)
  const subscription = await registration?.pushManager.getSubscription()
  await subscription?.unsubscribe()
  const { id } = await forget()
  return { wasSubscribed: Boolean(subscription), id }
}

/** How often `unsubscribePush` was called on this page. */
let endings = 0

/** @returns throws once `unsubscribePush` was called after this moment. */
function untilEnded() {
  const before = endings
  return () => {
    if (endings > before) throw new PushError('cancelled', 'Notifications were turned off meanwhile.')
  }
}

/** In all pages of this origin, so that nothing is left of a subscription that is ended while it is being made. */
function oneAtATime(action) {
  return navigator.locks.request('carillon-push', action)
}

function problemHere() {
  if (!globalThis.isSecureContext) return 'Notifications work only on pages with HTTPS, or on localhost.'
  const isAble = 'serviceWorker' in navigator && 'locks' in navigator
  if (isAble && 'PushManager' in globalThis && 'Notification' in globalThis) return undefined
  const isApple = /iPhone|iPad/.test(navigator.userAgent)
  return isApple
    ? 'On an iPhone or iPad, add this page to the home screen and open it from there.'
    : 'This browser cannot receive notifications.'
}

function requireOptions(options) {
  for (const [name, value] of Object.entries(options))
    if (!value) throw new PushError('misconfigured', `The option ${name} is missing.`)
}

async function askPermission() {
  const permission = await Notification.requestPermission()
  if (permission === 'granted') return
  const sentence =
    permission === 'denied'
      ? 'Notifications of this page are blocked. Allow them in the settings of the browser.'
      : 'Notifications were not allowed.'
  throw new PushError('denied', sentence)
}

async function registrationOf(serviceWorker) {
  const registrations = await navigator.serviceWorker.getRegistrations()
  const { href } = new URL(serviceWorker, location.href)
  return registrations.find(({ active: worker, waiting, installing }) =>
    [worker, waiting, installing].some((one) => one?.scriptURL === href),
  )
}

async function register(serviceWorker) {
  const registration = await navigator.serviceWorker.register(serviceWorker).catch((cause) => {
    const { href } = new URL(serviceWorker, location.href)
    const sentence = `Serve carillon-sw.js of @carillon/client at ${href}: ${cause.message}`
    throw new PushError('misconfigured', sentence, { cause })
  })
  return active(registration)
}

/** Browsers subscribe once a worker is active. */
async function active(registration) {
  const worker = registration.installing ?? registration.waiting
  if (registration.active || !worker) return registration
  await new Promise((resolve, reject) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new PushError('unavailable', 'The service worker could not be started.'))
    })
  })
  return registration
}

/** Browsers wait without end for a push service that they cannot reach. */
async function subscribe(pushManager, key) {
  let timer
  const timeout = new Promise((_, reject) => {
    const sentence =
      "The browser's push service does not answer. A firewall or a blocker may keep the browser from it: try again in another network."
    const error = new PushError('unavailable', sentence)
    timer = setTimeout(reject, SUBSCRIBE_TIMEOUT_MS, error)
  })
  try {
    return await Promise.race([subscriptionWith(pushManager, key), timeout])
  } catch (error) {
    throw error instanceof PushError ? error : subscribeProblem(error)
  } finally {
    clearTimeout(timer)
  }
}

/** A subscription with this key. One that was made with another key is replaced: the server could not use it. */
async function subscriptionWith(pushManager, key) {
  const existing = await pushManager.getSubscription()
  if (existing && sameBytes(existing.options.applicationServerKey, key)) return existing
  await existing?.unsubscribe()
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
}

/** Chromium refuses in private windows, although permission has been granted by now. */
function subscribeProblem(cause) {
  const isRefused = cause.name === 'NotAllowedError' || /permission denied/i.test(cause.message)
  if (!isRefused) return new PushError('unavailable', `The browser could not subscribe: ${cause.message}`, { cause })
  const sentence =
    'The browser does not subscribe, although notifications are allowed. If this is a private window, open the page in a normal one.'
  return new PushError('unsupported', sentence, { cause })
}

/** Calls of the user's own routes, which a user token opens. `check` may throw before each of them. */
function caller(url, token, check = () => {}) {
  return async (method, path, body) => {
    check()
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS)
    const init = { method, headers, signal, ...(body && { body: JSON.stringify(body) }) }
    const response = await fetch(`${baseOf(url)}/v1/me/${path}`, init).catch((cause) => {
      throw new PushError('unavailable', unreachable(url), { cause })
    })
    const answer = await response.json().catch(() => ({}))
    const isGone = method === 'DELETE' && response.status === 404
    if (response.ok || isGone) return answer
    const code = response.status === 401 || response.status === 403 ? 'forbidden' : 'unavailable'
    throw new PushError(code, answer.err ?? `The server answered ${response.status}.`)
  }
}

/** To a page, an origin that is not allowed looks the same as a server that is down. */
function unreachable(url) {
  const isOwnOrigin = new URL(baseOf(url)).origin === location.origin
  return isOwnOrigin
    ? 'The server does not answer.'
    : `The server does not answer, or its setting ALLOWED_ORIGINS does not name ${location.origin}.`
}

async function tokenFrom(token) {
  const given = typeof token === 'function' ? await token() : token
  const trimmed = typeof given === 'string' ? given.trim() : ''
  if (BEARER_TOKEN.test(trimmed)) return trimmed
  throw new PushError('misconfigured', 'The option token must be a user token, or a function that returns one.')
}

function baseOf(url) {
  return new URL(url, location.href).href.replace(/\/+$/, '')
}

/* What the service worker needs when the browser replaces its subscription. */

async function remember(record) {
  const cache = await caches.open(CACHE)
  await cache.put(RECORD, Response.json(record))
}

async function forget() {
  const cache = await caches.open(CACHE)
  const record = await cache.match(RECORD)
  await cache.delete(RECORD)
  return record ? record.json() : {}
}

function bytesOf(base64url) {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function sameBytes(buffer, bytes) {
  const others = buffer ? new Uint8Array(buffer) : []
  return others.length === bytes.length && others.every((byte, index) => byte === bytes[index])
}
