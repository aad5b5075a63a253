import { setTimeout as pause } from 'node:timers/promises'
import { type App, type Counted, errorCode } from '@carillon/contract'
import { kindOf, userOfChannel } from '../channel-name.ts'
import type { ChannelsDeps } from '../deps.ts'
import { internalEvent } from '../events.ts'

/** Beyond so many subscribers the count is published now and then, not at each change. */
const MANY = 100
const NOW_AND_THEN_S = 5

type SubscriptionCountsDeps = Pick<ChannelsDeps, 'apps' | 'hub' | 'namespace' | 'webhooks' | 'log'>

/** Tells the subscribers of a channel how many they are, if their app is set to. */
export class SubscriptionCounts {
  readonly #deps: SubscriptionCountsDeps
  /** Channels whose count is being published, and whether it has changed meanwhile. */
  readonly #publishing = new Map<string, boolean>()
  readonly #stopped = new AbortController()

  constructor(deps: SubscriptionCountsDeps) {
    this.#deps = deps
    deps.hub.onRecounted((members) => {
      this.#recounted(members).catch((error: unknown) => this.#report(error))
    })
  }

  /** After a subscription has come or gone. */
  changed(app: App, channel: string, count: number): void {
    if (!app.settings.subscriptionCount || kindOf(channel).isPresence || userOfChannel(channel) !== undefined) return
    const key = `${app.id}:${channel}`
    const isPublishing = this.#publishing.has(key)
    this.#publishing.set(key, isPublishing)
    if (isPublishing) return
    this.#publishUntilCurrent(key, { app: app.id, name: channel }, count)
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#publishing.delete(key))
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** Nobody has reported the end of subscriptions whose process died. */
  async #recounted(members: readonly Counted[]): Promise<void> {
    const places = members.map(({ group, member }) => ({ ...this.#deps.namespace.whatIs(group), member }))
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
    const app = await this.#deps.apps.byId(id)
    if (!app?.settings.subscriptionCount) return
    const counts = await this.#deps.namespace.counts(id, channels)
    for (const [index, channel] of channels.entries()) this.changed(app, channel, counts[index]!)
  }

  /** Until the count that was published last is the current one: another process may publish an older count later. */
  async #publishUntilCurrent(key: string, name: { app: number; name: string }, first: number): Promise<void> {
    let [count, published]: (number | undefined)[] = [first]
    while (count !== published || this.#publishing.get(key)) {
      if (await this.#isTime(key, count!)) {
        await this.#publish(name, count!)
        published = count
      }
      this.#publishing.set(key, false)
      count = (await this.#deps.namespace.counts(name.app, [name.name]))[0] ?? 0
    }
  }

  async #isTime(key: string, count: number): Promise<boolean> {
    if (count <= MANY || (await this.#deps.hub.cache.first(`channels-count:${key}`, NOW_AND_THEN_S))) return true
    await pause(NOW_AND_THEN_S * 1000, undefined, { ref: false, signal: this.#stopped.signal })
    return false
  }

  async #publish({ app, name }: { app: number; name: string }, count: number): Promise<void> {
    const data = { subscription_count: count }
    await this.#deps.namespace.publish({ app, name }, internalEvent(name, 'subscription_count', data))
    this.#deps.webhooks.notify(app, { name: 'subscription_count', channel: name, ...data })
  }

  #report(error: unknown): void {
    if (this.#stopped.signal.aborted) return
    this.#deps.log.warn({ code: errorCode(error) }, 'the subscriber count of a channel could not be published')
  }
}
