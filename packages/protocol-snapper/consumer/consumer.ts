import { type App, type ConsumerKey, errorCode, type RealtimeMessage } from '@carillon/contract'
import type { UserConnection } from '@carillon/hub'
import type { Socket } from 'engine.io'
import { readMessage, type Request, success } from '../json-rpc.ts'
import type { SnapperParts } from '../parts.ts'
import { type Bearer, consumerId } from './consumer-id.ts'
import { Delivery } from './delivery.ts'
import { Endings } from './endings.ts'
import { nodeGroup, userGroup } from './live-consumers.ts'
import { closeWhenIdle } from './idle-timeout.ts'
import { dropUnlessRead, hasRead } from './unread.ts'

export interface Admitted {
  app: App
  bearer: Bearer
  token: string
  /** Of the server that the consumer is connected to. */
  port: number
}

/** One connection of a consumer. */
export class Consumer implements UserConnection {
  readonly key: ConsumerKey
  readonly token: string
  readonly #parts: SnapperParts
  readonly #admitted: Admitted
  readonly #delivery: Delivery
  readonly #endings = new Endings((error) => this.#report(error))
  #socket: Socket | undefined
  #renewedAt = performance.now()
  /** It ends as soon as it has a socket. */
  #unwanted = false

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
      ackWithin: parts.timeouts.ack,
      send: (text) => this.#socket?.send(text),
      hasRead: () => this.#socket !== undefined && hasRead(this.#socket),
      report: (error) => this.#report(error),
    })
    this.#endings.add(async () => this.#delivery.stop())
  }

  /** The connection is there; one that the same consumer had before ends, since engine.io knows but one of an id. */
  attach(socket: Socket): void {
    for (const twin of this.#parts.live.twins(this)) if (twin.#socket) twin.giveWay()
    this.#socket = socket
    if (this.#unwanted) return this.end()
    const { pingInterval, pingTimeout } = this.#parts.timeouts
    this.#endings.add(closeWhenIdle(socket, pingInterval + pingTimeout))
    socket.on('packet', () => dropUnlessRead(socket))
    socket.on('message', (data) => this.#hear(socket, data))
    socket.on('heartbeat', () => this.#beat())
    socket.once('close', () => void this.leave())
    this.#delivery.wake()
  }

  wake(): void {
    if (this.#socket) this.#delivery.wake()
  }

  /** For `sendrealtime`: true once the client has acknowledged it. */
  notify({ id, event, data }: RealtimeMessage): Promise<boolean> {
    return this.#delivery.notify(JSON.stringify(JSON.stringify({ e: event, d: data })), id)
  }

  terminate(): void {
    this.end()
  }

  end(): void {
    this.#unwanted = true
    this.#socket?.close(true)
  }

  /** Ends without a word to engine.io, which would take the id from the connection that has it now. */
  giveWay(): void {
    this.#socket?.removeAllListeners('close')
    this.end()
    void this.leave()
  }

  leave(): Promise<void> {
    this.#unwanted = true
    return this.#endings.run()
  }

  async #begin(): Promise<void> {
    const { hub, live, queues, serverId } = this.#parts
    const { app, bearer, port } = this.#admitted
    const most = app.settings.limits?.connections ?? Infinity
    const left = await hub.connections.connect(app.id, most, () => this.end())
    if (!left) throw new Error('This app has as many connections as it may have.')
    this.#endings.add(left)
    this.#endings.add(() => live.leave(this))
    await Promise.all([live.enter(this), queues.open(this.key, this.#room)])
    await this.#join(userGroup(app.id, bearer.user), this.key.id)
    await this.#join(nodeGroup(app.id), `${serverId}:${port}`)
    this.#endings.add(await hub.users.signIn(app.id, bearer.user, this))
  }

  get #room(): string {
    return `user${this.#admitted.bearer.user}`
  }

  async #join(group: string, member: string): Promise<void> {
    const { roster } = this.#parts.hub
    await roster.join(group, member)
    this.#endings.add(() => roster.leave(group, member))
  }

  #hear(socket: Socket, data: unknown): void {
    const message = typeof data === 'string' ? readMessage(data) : undefined
    if (message?.kind === 'response') void this.#delivery.answered(message.id, message.ok)
    if (message?.kind === 'request') this.#echo(socket, message)
  }

  /** Of params that are nested too deep no JSON can be written, though they can be read. */
  #echo(socket: Socket, { id, params }: Request): void {
    try {
      socket.send(success(id, params ?? null))
    } catch (error) {
      this.#report(error)
      this.end()
    }
  }

  #beat(): void {
    this.wake()
    const { timeouts, queues } = this.#parts
    if (performance.now() - this.#renewedAt < timeouts.renew) return
    this.#renewedAt = performance.now()
    void queues.open(this.key, this.#room).catch((error: unknown) => this.#report(error))
  }

  #report(error: unknown): void {
    this.#parts.log.warn({ code: errorCode(error) }, 'a consumer of Snapper could not be served')
  }
}
