import type { App, Callback } from '@carillon/contract'
import type { WebhookEvent } from '../parts.ts'
import { sign } from '../signature.ts'

/** Seconds for which a callback is tried again. */
const WITHIN_S = 300
/** Events of one body: when a process dies, thousands of channels may be left at once. */
const MOST_EVENTS = 100
const ALL = '*'

/**
 * What is posted of an app's events, each URL's together.
 * @param timeMs when they happened, Unix milliseconds
 */
export function appCallbacks(app: App, events: readonly WebhookEvent[], timeMs: number): Callback[] {
  return [...wishes(app)].flatMap(([url, names]) => {
    const wanted = events.filter(({ name }) => names.has(ALL) || names.has(name))
    return slices(wanted).map((some) => callback(app, url, JSON.stringify({ time_ms: timeMs, events: some })))
  })
}

/** The names that each URL wants. A webhook that names none gets all, as does one that names `*`. */
function wishes({ settings: { webhooks = [] } }: App): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>()
  for (const { url, events } of webhooks) {
    const names = events.length === 0 ? [ALL] : events
    wanted.set(url, new Set([...(wanted.get(url) ?? []), ...names]))
  }
  return wanted
}

function slices(events: readonly WebhookEvent[]): (readonly WebhookEvent[])[] {
  const starts = [...events.keys()].filter((index) => index % MOST_EVENTS === 0)
  return starts.map((start) => events.slice(start, start + MOST_EVENTS))
}

function callback(app: App, url: string, body: string): Callback {
  const headers = {
    'Content-Type': 'application/json', // exactly: the SDK for Node compares the whole value
    'X-Pusher-Key': app.key,
    'X-Pusher-Signature': sign(oldestSecret(app), body),
  }
  return { app: app.id, url, headers, body, within: WITHIN_S }
}

/** While secrets are rotated, receivers know the old one until it is retired. */
function oldestSecret({ secrets }: App): string {
  return secrets.toSorted((a, b) => a.id - b.id)[0]?.secret ?? ''
}
