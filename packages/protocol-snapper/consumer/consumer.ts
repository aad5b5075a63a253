import { type App, type ConsumerKey, errorCode, type RealtimeMessage } from '@carillon/contract'
import type { Bell } from '@carillon/hub'
import type { Socket } from 'engine.io'
import { readMessage, success } from '../json-rpc.ts'
import type { SnapperParts } from '../parts.ts'
import { type Bearer, consumerId } from './consumer-id.ts'
import { Delivery } from './delivery.ts'
import { nodeGroup, userGroup } from './live-consumers.ts'
import { closeWhenSilent } from './silence.ts'

export interface Admitted {
  app: App
  bearer: Bearer
  token: string
  /** Of the server that the consumer is connected to. */
  port: number
}

/** Milliseconds between renewals of the queue; well within what an abandoned one has to live. */
const RENEW_MS = 60_000
/** Answers that a client may leave unread. */
const MOST_UNREAD = 1000

/** One connection of a consumer. */
export class Consumer implements Bell {
  readonly key: ConsumerKey
  readonly token: string
  readonly #parts: SnapperParts
  readonly #admitted: Admitted
  readonly #delivery: Delivery
  readonly #endings: (() => Promise<unknown>)[] = []
  #socket: Socket | undefined
  #renewedAt = performance.now()
  #unread = 0
  #over = false

  /** Resolves once its queue, its room and its presence are there: what is published from then on reaches it. */
  static async enter(parts: SnapperParts, admitted: Admitted): Promise<Consumer> {
    const consumer = new Consumer(parts, admitted)
    try {
      await consumer.#begin()
      return consumer
    } catch (error) {
      await consumer.leave()
      throw error
    }
  }

  private constructor(parts: SnapperParts, admitted: Admitted) {
    this.key = { app: admitted.app.id, id: consumerId(admitted.bearer) }
    this.token = admitted.token
    this.#parts = parts
    this.#admitted = admitted
    this.#delivery = new Delivery({
      queues: parts.queues,
      key: this.key,
      ackWithin: parts.patience.ack,
      send: (text) => this.#socket?.send(text),
      report: (error) => this.#report(error),
    })
  }

  /** The connection is there; another one of the same consumer ends. */
  attach(socket: Socket): void {
    for (const twin of this.#parts.live.twins(this)) twin.giveWay()
    this.#socket = socket
    if (this.#over) return this.end()
    const { pingInterval, pingTimeout } = this.#parts.patience
    this.#atEnd(closeWhenSilent(socket, pingInterval + pingTimeout))
    socket.on('message', (data) => this.#hear(data))
    socket.on('heartbeat', () => this.#beat())
    socket.once('close', () => void this.leave())
    this.#delivery.wake()
  }

  wake(): void {
    if (this.#socket) this.#delivery.wake()
  }

  /** For `sendrealtime`: true once the client has acknowledged it. */
  ring({ event, data }: RealtimeMessage): Promise<boolean> {
    return this.#delivery.ring(JSON.stringify(JSON.stringify({ e: event, d: data })))
  }

  terminate(): void {
    this.end()
  }

  end(): void {
    this.#over = true
    this.#socket?.close(true)
  }

  /** Ends without a word to engine.io, which would take the id from the connection that has it now. */
  giveWay(): void {
    this.#socket?.removeAllListeners('close')
    this.end()
    void this.leave()
  }

  async leave(): Promise<void> {
    this.#over = true
    this.#delivery.stop()
    await Promise.all(this.#endings.splice(0).map((ending) => this.#run(ending)))
  }

  async #begin(): Promise<void> {
    const { hub, live, queues, serverId } = this.#parts
    const { app, bearer, port } = this.#admitted
    const most = app.settings.limits?.connections ?? Infinity
    const left = await hub.connections.connect(app.id, most, () => this.end())
    if (!left) throw new Error('This app has as many connections as it may have.')
    this.#atEnd(left)
    this.#atEnd(() => live.leave(this))
    await Promise.all([live.enter(this), queues.open(this.key, this.#room)])
    await this.#join(userGroup(app.id, bearer.user), this.key.id)
    await this.#join(nodeGroup(app.id), `${serverId}:${port}`)
    this.#atEnd(await hub.users.signIn(app.id, bearer.user, this))
  }

  get #room(): string {
    return `user${this.#admitted.bearer.user}`
  }

  async #join(group: string, member: string): Promise<void> {
    const { roster } = this.#parts.hub
    await roster.join(group, member)
    this.#atEnd(() => roster.leave(group, member))
  }

  #hear(data: unknown): void {
    const message = typeof data === 'string' ? readMessage(data) : undefined
    if (message?.kind === 'response') void this.#delivery.answered(message.id, message.ok)
    if (message?.kind === 'request') this.#answer(success(message.id, message.params ?? null))
  }

  #answer(text: string): void {
    if (++this.#unread > MOST_UNREAD) return this.end()
    this.#socket!.send(text, undefined, () => this.#unread--)
  }

  #beat(): void {
    this.wake()
    if (performance.now() - this.#renewedAt < RENEW_MS) return
    this.#renewedAt = performance.now()
    void this.#run(() => this.#parts.queues.open(this.key, this.#room))
  }

  /** At once when it is over already. */
  #atEnd(ending: () => Promise<unknown>): void {
    if (this.#over) void this.#run(ending)
    else this.#endings.push(ending)
  }

  async #run(ending: () => Promise<unknown>): Promise<void> {
    await ending().catch((error: unknown) => this.#report(error))
  }

  #report(error: unknown): void {
    this.#parts.log.warn({ code: errorCode(error) }, 'a consumer of Snapper could not be served')
  }
}
