import { createRequire } from 'node:module'
import type { App } from '@carillon/contract'
import type { BrowserContext, Page } from 'playwright-core'
import type { Options } from 'pusher-js'
import { expect } from 'vitest'
import { channelAnswer, type Person, type PusherJs, userAnswer } from './pusher-js.ts'
import type { RealtimeNode } from './realtime.ts'

/** The names in the page's global scope. */
interface InPage {
  Pusher: new (key: string, options: Options) => PusherJs
  pusher: PusherJs
  /** What the client heard: channel or `user`, event, data as JSON. */
  heard: string[]
}

const BUILD = createRequire(import.meta.url).resolve('pusher-js/dist/web/pusher-with-encryption.js')

/** A page with the official client as it is shipped, connected, whose application says yes to everything. */
export async function pusherJsPage(
  context: BrowserContext,
  node: RealtimeNode,
  app: App,
  who: Person = {},
): Promise<Page> {
  const page = await context.newPage()
  await page.route('**/auth/*', (route) => {
    const form = new URLSearchParams(route.request().postData() ?? '')
    const [socketId, channel] = [form.get('socket_id') ?? '', form.get('channel_name')]
    const json = channel === null ? userAnswer(app, who, socketId) : channelAnswer(app, who, socketId, channel)
    return route.fulfill({ json })
  })
  // Any answer of the server will do: from a page that is not really on this machine, browsers do not connect to it.
  await page.goto(`${node.url}/apps`)
  await page.addScriptTag({ path: BUILD })
  await page.evaluate(connect, { key: app.key, port: node.port })
  return page
}

/** Runs in the page. */
function connect({ key, port }: { key: string; port: number }): void {
  const scope = globalThis as unknown as InPage
  scope.heard = []
  scope.pusher = new scope.Pusher(key, {
    cluster: '',
    wsHost: '127.0.0.1',
    wsPort: port,
    forceTLS: false,
    enabledTransports: ['ws'],
    channelAuthorization: { endpoint: '/auth/channel', transport: 'ajax' },
    userAuthentication: { endpoint: '/auth/user', transport: 'ajax' },
  })
  const keep = (where: string) => (event: string, data: unknown) =>
    void scope.heard.push(`${where} ${event} ${JSON.stringify(data)}`)
  scope.pusher.user.bind_global(keep('user'))
  scope.pusher.bind_global((event: string, data: unknown) => {
    if (event === 'pusher:signin_success') keep('user')(event, data)
  })
}

/** Subscribes, without waiting for the answer. */
export function subscribe(page: Page, name: string): Promise<void> {
  return page.evaluate((channel) => {
    const { pusher, heard } = globalThis as unknown as InPage
    pusher
      .subscribe(channel)
      .bind_global((event: string, data: unknown) => heard.push(`${channel} ${event} ${JSON.stringify(data)}`))
  }, name)
}

export function trigger(page: Page, channel: string, event: string, data: object): Promise<boolean> {
  return page.evaluate(([on, what, body]) => (globalThis as unknown as InPage).pusher.channel(on).trigger(what, body), [
    channel,
    event,
    data,
  ] as const)
}

export function signIn(page: Page): Promise<void> {
  return page.evaluate(() => (globalThis as unknown as InPage).pusher.signin())
}

/** Waits until it was heard, by its beginning, so many times. */
export async function hears(page: Page, beginning: string, times = 1): Promise<void> {
  const heard = () => page.evaluate(() => (globalThis as unknown as InPage).heard)
  await expect.poll(async () => (await heard()).filter((one) => one.startsWith(beginning)).length).toBe(times)
}
