import {
  type App,
  type AppDirectory,
  type Callback,
  type Callbacks,
  type DebouncedChange,
  errorCode,
  type Logger,
} from '@carillon/contract'
import type { ChannelNamespace } from '@carillon/hub'
import type { ChannelsProtocolOptions, ChannelsWebhookEvent, Webhooks } from './deps.ts'
import { sign } from './signature.ts'

/** Seconds for which a callback is retried. */
const WITHIN_S = 300
/** Events of one body: when a process dies, thousands of channels may be left at once. */
const MOST_EVENTS = 100
const ALL = '*'

/** Reports to apps' servers what happens on their channels. What happens in one tick is posted together. */
export function webhooks(options: ChannelsProtocolOptions, namespace: ChannelNamespace): TickWebhooks {
  const batched = new TickWebhooks(options)
  options.hub.onDebounced((debounced) => {
    const happened = webhookEventOf(namespace, debounced)
    if (happened) batched.notify(happened.app, happened.event)
  })
  return batched
}

class TickWebhooks implements Webhooks {
  readonly #apps: AppDirectory
  readonly #callbacks: Callbacks
  readonly #log: Logger
  #events = new Map<number, ChannelsWebhookEvent[]>()
  #since = 0
  readonly #storing = new Set<Promise<void>>()

  constructor({ apps, callbacks, log }: Pick<ChannelsProtocolOptions, 'apps' | 'callbacks' | 'log'>) {
    this.#apps = apps
    this.#callbacks = callbacks
    this.#log = log
  }

  notify(app: number, event: ChannelsWebhookEvent): void {
    if (this.#events.size === 0) {
      this.#since = Date.now()
      setImmediate(() => this.#flush())
    }
    const events = this.#events.get(app) ?? []
    this.#events.set(app, events)
    events.push(event)
  }

  /** Resolves once everything is stored. */
  async stop(): Promise<void> {
    this.#flush()
    await Promise.all(this.#storing)
  }

  #flush(): void {
    const [events, since] = [this.#events, this.#since]
    this.#events = new Map()
    if (events.size === 0) return
    const storing = this.#store(events, since)
      .catch((error: unknown) => this.#log.error({ code: errorCode(error) }, 'webhooks could not be stored'))
      .finally(() => this.#storing.delete(storing))
    this.#storing.add(storing)
  }

  async #store(events: ReadonlyMap<number, readonly ChannelsWebhookEvent[]>, since: number): Promise<void> {
    const callbacks = await Promise.all(
      [...events].map(async ([id, some]) => {
        const app = await this.#apps.byId(id)
        return app?.enabled ? appCallbacks(app, some, since) : []
      }),
    )
    if (callbacks.flat().length > 0) await this.#callbacks.post(callbacks.flat())
  }
}

/** The event of a change that lasted; undefined when it is another protocol's, or of a user's own channel. */
function webhookEventOf(
  namespace: ChannelNamespace,
  debounced: DebouncedChange,
): { app: number; event: ChannelsWebhookEvent } | undefined {
  const { group, member, here } = debounced
  const place = namespace.whatIs(group)
  if (!place) return undefined
  const { app, channel } = place
  if (channel !== undefined) {
    return { app, event: { name: here ? 'member_added' : 'member_removed', channel, user_id: member } }
  }
  if (member.startsWith('#')) return undefined
  return { app, event: { name: here ? 'channel_occupied' : 'channel_vacated', channel: member } }
}

/**
 * The callbacks for an app's events, with the events of each URL together.
 * @param timeMs when they happened, Unix milliseconds
 */
function appCallbacks(app: App, events: readonly ChannelsWebhookEvent[], timeMs: number): Callback[] {
  return [...wishes(app)].flatMap(([url, names]) => {
    const wanted = events.filter(({ name }) => names.has(ALL) || names.has(name))
    return slices(wanted).map((some) => callback(app, url, JSON.stringify({ time_ms: timeMs, events: some })))
  })
}

/** The names that each URL wants. A webhook that names none gets all, as does one that names `*`. */
function wishes({ settings }: App): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>()
  for (const { url, events } of settings.webhooks ?? []) {
    const names = events.length === 0 ? [ALL] : events
    wanted.set(url, new Set([...(wanted.get(url) ?? []), ...names]))
  }
  return wanted
}

function slices(events: readonly ChannelsWebhookEvent[]): (readonly ChannelsWebhookEvent[])[] {
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
