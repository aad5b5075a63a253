/** Where the service worker `carillon-sw.js` is served; default `/carillon-sw.js`. Its folder is its scope. */
export interface ServiceWorkerOption {
  serviceWorker?: string
}

export interface PushCallOptions extends ServiceWorkerOption {
  /** The URL of the server, such as `https://push.example.com`. */
  url: string
  /** A user token with the scope `addresses`, which your server makes, or a function that asks your server for one. */
  token: string | (() => string | Promise<string>)
}

export interface SubscribePushOptions extends PushCallOptions {
  /**
   * A URL of your own that answers a user token as text, for the cookies of the page's user. The service worker asks it
   * for a token when the browser replaces the subscription. Without an answer, the worker uses the last token, and if that
   * has expired, the next `subscribePush` registers the new subscription.
   */
  tokenUrl?: string
  /** What the user calls this browser, for lists of addresses. */
  label?: string
}

/** `off`: the user has not subscribed here yet. `denied`: the user has blocked notifications of this page. */
export type PushState = 'unsupported' | 'denied' | 'off' | 'on'

/**
 * A code and a sentence for the reader of the page. `unsupported`: this browser, or this page, cannot receive
 * notifications. `denied`: the user has not allowed them. `forbidden`: the server refuses the token. `unavailable`: the
 * server, or the browser's push service, cannot be reached. `misconfigured`: an option is missing or wrong, or the
 * service worker is not served. `cancelled`: `unsubscribePush` was called while `subscribePush` ran.
 */
export class PushError extends Error {
  readonly code: 'unsupported' | 'denied' | 'forbidden' | 'unavailable' | 'misconfigured' | 'cancelled'
  constructor(code: PushError['code'], message: string, options?: { cause?: unknown })
}

/** What a page shows before anybody clicks. */
export function pushState(options?: ServiceWorkerOption): Promise<PushState>

/**
 * Asks for permission, subscribes this browser and registers it as an address of the token's pusher. Call it in the
 * handler of a click, and again after each sign-in: it then asks nothing, and keeps the address alive.
 * @returns the id of the address
 * @throws PushError, or what the function `token` throws. The server has 10 seconds for a call, and the browser's push
 * service 30.
 */
export function subscribePush(options: SubscribePushOptions): Promise<{ id: string }>

/**
 * Ends the subscription of this browser, and removes its address. A `subscribePush` that still runs is cancelled, or
 * what it has made is removed.
 * @returns whether there was one
 * @throws PushError, or what the function `token` throws, when the address could not be removed. The browser is silent
 * nevertheless.
 */
export function unsubscribePush(options: PushCallOptions): Promise<boolean>
