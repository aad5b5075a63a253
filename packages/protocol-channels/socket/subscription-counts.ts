import { setTimeout as pause } from 'node:timers/promises'
import { type App, type Counted, errorCode } from '@carillon/contract'
import { kindOf, userOfChannel } from '../channel-name.ts'
import { internalEvent } from '../events.ts'
import type { ChannelsParts } from '../parts.ts'

/** Beyond so many subscribers they hear of the count now and then, not at each change. */
const MANY = 100
const NOW_AND_THEN_S = 5

type Parts = Pick<ChannelsParts, 'apps' | 'hub' | 'namespace' | 'webhooks' | 'log'>

/** Tells the subscribers of a channel how many they are, where their app wants that. */
export class SubscriptionCounts {
  readonly #parts: Parts
  /** The channels of which something is being told, and whether they changed meanwhile. */
  readonly #telling = new Map<string, boolean>()
  readonly #stopped = new AbortController()

  constructor(parts: Parts) {
    this.#parts = parts
    parts.hub.onRecounted((members) => {
      this.#recounted(members).catch((error: unknown) => this.#report(error))
    })
  }

  /** After a subscription has come or gone. */
  changed(app: App, channel: string, count: number): void {
    if (!app.settings.subscriptionCount || kindOf(channel).isPresence || userOfChannel(channel) !== undefined) return
    const key = `${app.id}:${channel}`
    const isTold = this.#telling.has(key)
    this.#telling.set(key, isTold)
    if (isTold) return
    this.#tell(key, { app: app.id, name: channel }, count)
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#telling.delete(key))
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** What a process held that died, nobody has told to have gone. */
  async #recounted(members: readonly Counted[]): Promise<void> {
    const places = members.map(({ group, member }) => ({ ...this.#parts.namespace.whatIs(group), member }))
    const channels = places.filter(({ app, channel }) => app !== undefined && channel === undefined)
    const byApp = Map.groupBy(channels, ({ app }) => app!)
    await Promise.all(
      [...byApp].map(([id, some]) =>
        this.#recount(
          id,
          some.map(({ member }) => member),
        ),
      ),
    )
  }

  async #recount(id: number, channels: readonly string[]): Promise<void> {
    const app = await this.#parts.apps.byId(id)
    if (!app?.settings.subscriptionCount) return
    const counts = await this.#parts.namespace.counts(id, channels)
    for (const [index, channel] of channels.entries()) this.changed(app, channel, counts[index]!)
  }

  /** Until what was told last is still so: another process may have told an older count later. */
  async #tell(key: string, name: { app: number; name: string }, first: number): Promise<void> {
    let [count, told]: (number | undefined)[] = [first]
    while (count !== told || this.#telling.get(key)) {
      if (await this.#isTime(key, count!)) {
        await this.#publish(name, count!)
        told = count
      }
      this.#telling.set(key, false)
      count = (await this.#parts.namespace.counts(name.app, [name.name]))[0] ?? 0
    }
  }

  async #isTime(key: string, count: number): Promise<boolean> {
    if (count <= MANY || (await this.#parts.hub.cache.first(`channels-count:${key}`, NOW_AND_THEN_S))) return true
    await pause(NOW_AND_THEN_S * 1000, undefined, { ref: false, signal: this.#stopped.signal })
    return false
  }

  async #publish({ app, name }: { app: number; name: string }, count: number): Promise<void> {
    const data = { subscription_count: count }
    await this.#parts.namespace.publish({ app, name }, internalEvent(name, 'subscription_count', data))
    this.#parts.webhooks.tell(app, { name: 'subscription_count', channel: name, ...data })
  }

  #report(error: unknown): void {
    if (this.#stopped.signal.aborted) return
    this.#parts.log.warn({ code: errorCode(error) }, 'the count of a channel could not be told')
  }
}
