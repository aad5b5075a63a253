import { type ConsumerKey, messageFormat } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import * as z from 'zod'

/** A connected consumer, as other connections and processes see it. */
export interface LiveConsumer {
  readonly key: ConsumerKey
  readonly token: string
  /** Something waits in its queue. */
  wake(): void
  end(): void
  /** Another connection of the same consumer takes its place. */
  giveWay(): void
  /** Resolves once nothing is left of it. */
  leave(): Promise<void>
}

/** Sent to all processes that have consumers of an app. */
type ConsumerNotice = { wake: string[] } | { came: string; to: string }

const NOTICE = messageFormat<ConsumerNotice>(
  'snapper',
  z.union([z.object({ wake: z.array(z.string()) }), z.object({ came: z.string(), to: z.string() })]),
)

/** An app's consumers in this process, and the subscription to their notices. */
interface AppHere {
  consumers: Set<LiveConsumer>
  listening: Promise<void>
}

/** Consumers that are connected, in this process and in others. */
export class LiveConsumers {
  readonly #hub: Hub
  readonly #serverId: string
  readonly #apps = new Map<number, AppHere>()
  readonly #byId = new Map<string, Set<LiveConsumer>>()

  constructor(hub: Hub, serverId: string) {
    this.#hub = hub
    this.#serverId = serverId
  }

  /** The consumers of this process. */
  get all(): LiveConsumer[] {
    return [...this.#byId.values()].flatMap((some) => [...some])
  }

  /** From now on the consumer is woken; another connection of it, in whichever other process, ends. */
  async enter(consumer: LiveConsumer): Promise<void> {
    const { app, id } = consumer.key
    const here = this.#apps.get(app) ?? this.#listen(app)
    here.consumers.add(consumer)
    this.#byId.set(id, (this.#byId.get(id) ?? new Set()).add(consumer))
    await here.listening
    await this.#publish(app, { came: id, to: this.#serverId })
  }

  async leave(consumer: LiveConsumer): Promise<void> {
    const { app, id } = consumer.key
    const same = this.#byId.get(id)
    if (same?.delete(consumer) && same.size === 0) this.#byId.delete(id)
    const here = this.#apps.get(app)
    if (!here?.consumers.delete(consumer) || here.consumers.size > 0) return
    this.#apps.delete(app)
    await this.#hub.backplane.unsubscribe(topicOf(app))
  }

  /** The consumers of this process. Those of several apps may have the same id. */
  withId(id: string): LiveConsumer[] {
    return [...(this.#byId.get(id) ?? [])]
  }

  /** The other connections of the same consumer, in this process. */
  duplicates(consumer: LiveConsumer): LiveConsumer[] {
    return this.withId(consumer.key.id).filter((other) => other !== consumer && other.key.app === consumer.key.app)
  }

  /** Something waits for these consumers, wherever they are connected. */
  wake(app: number, ids: string[]): Promise<void> {
    return this.#publish(app, { wake: ids })
  }

  /** Ids of a user's consumers that are connected, over all processes. */
  async ofUser(app: number, user: string): Promise<string[]> {
    return [...(await this.#hub.roster.list(userGroup(app, user))).keys()]
  }

  #listen(app: number): AppHere {
    const consumers = new Set<LiveConsumer>()
    const wakeAll = () => {
      for (const consumer of consumers) consumer.wake()
    }
    const heard = (text: string) => this.#receive(app, NOTICE.read(text))
    const here = { consumers, listening: this.#hub.backplane.subscribe(topicOf(app), heard, wakeAll) }
    this.#apps.set(app, here)
    return here
  }

  #receive(app: number, notice: ConsumerNotice): void {
    const ofApp = (id: string) => this.withId(id).filter(({ key }) => key.app === app)
    if ('wake' in notice) for (const consumer of notice.wake.flatMap(ofApp)) consumer.wake()
    else if (notice.to !== this.#serverId) for (const consumer of ofApp(notice.came)) consumer.end()
  }

  async #publish(app: number, notice: ConsumerNotice): Promise<void> {
    await this.#hub.backplane.publish(topicOf(app), NOTICE.write(notice))
  }
}

/** The roster's group of a user's consumers. */
export function userGroup(app: number, user: string): string {
  return `snapper-user:${app}:${user}`
}

/** The roster's group of processes that have consumers of an app, each counted as often as it has. */
export function nodeGroup(app: number): string {
  return `snapper-nodes:${app}`
}

function topicOf(app: number): string {
  return `snapper:${app}`
}
