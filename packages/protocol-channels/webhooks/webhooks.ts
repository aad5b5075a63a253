import { type AppDirectory, type Callbacks, errorCode, type Logger, type DebouncedChange } from '@carillon/contract'
import type { ChannelNamespace } from '@carillon/hub'
import type { ChannelsOptions, WebhookEvent, Webhooks } from '../parts.ts'
import { appCallbacks } from './app-callbacks.ts'

/** Tells apps' servers what happens on their channels; all that happens in one tick is told together. */
export function webhooks(options: ChannelsOptions, namespace: ChannelNamespace): TickWebhooks {
  const told = new TickWebhooks(options)
  options.hub.onDebounced((debounced) => {
    const happened = webhookEventOf(namespace, debounced)
    if (happened) told.tell(happened.app, happened.event)
  })
  return told
}

class TickWebhooks implements Webhooks {
  readonly #apps: AppDirectory
  readonly #callbacks: Callbacks
  readonly #log: Logger
  #events = new Map<number, WebhookEvent[]>()
  #since = 0
  readonly #storing = new Set<Promise<void>>()

  constructor({ apps, callbacks, log }: Pick<ChannelsOptions, 'apps' | 'callbacks' | 'log'>) {
    this.#apps = apps
    this.#callbacks = callbacks
    this.#log = log
  }

  tell(app: number, event: WebhookEvent): void {
    if (this.#events.size === 0) {
      this.#since = Date.now()
      setImmediate(() => this.#flush())
    }
    const events = this.#events.get(app) ?? []
    this.#events.set(app, events)
    events.push(event)
  }

  /** Resolves once all that was told is stored. */
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

  async #store(events: ReadonlyMap<number, readonly WebhookEvent[]>, since: number): Promise<void> {
    const callbacks = await Promise.all(
      [...events].map(async ([id, some]) => {
        const app = await this.#apps.byId(id)
        return app?.enabled ? appCallbacks(app, some, since) : []
      }),
    )
    if (callbacks.flat().length > 0) await this.#callbacks.post(callbacks.flat())
  }
}

/** What an app's servers hear of a change that lasted; undefined when it is another's, or a user's own channel. */
function webhookEventOf(
  namespace: ChannelNamespace,
  debounced: DebouncedChange,
): { app: number; event: WebhookEvent } | undefined {
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
