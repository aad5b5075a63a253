import { type App, type ConsumerKey, errorCode, type RealtimeMessage } from '@carillon/contract'
import type { UserConnection } from '@carillon/hub'
import type { Socket } from 'engine.io'
import type { SnapperDeps } from '../deps.ts'
import { readMessage, type RpcRequest, success } from '../json-rpc.ts'
import { type Bearer, consumerId } from '../token.ts'
import { Delivery } from './delivery.ts'
import { closeWhenIdle, dropUnlessRead, hasRead } from './engine-socket.ts'
import { type LiveConsumer, nodeGroup, userGroup } from './live-consumers.ts'

export interface AdmittedConsumer {
  app: App
  bearer: Bearer
  token: string
  /** The port of the server to which the consumer is connected. */
  port: number
}

/** One connection of a consumer. */
export class Consumer implements LiveConsumer, UserConnection {
  readonly key: ConsumerKey
  readonly token: string
  readonly #deps: SnapperDeps
  readonly #admitted: AdmittedConsumer
  readonly #delivery: Delivery
  readonly #cleanups = new Cleanups((error) => this.#report(error))
  #socket: Socket | undefined
  #renewedAt = performance.now()
  /** It ends as soon as it has a socket. */
  #unwanted = false

  /** Resolves once its queue, its room and its presence are there: what is published from then on reaches it. */
  static async enter(deps: SnapperDeps, admitted: AdmittedConsumer): Promise<Consumer> {
    const consumer = new Consumer(deps, admitted)
    try {
      await consumer.#begin()
      return consumer
    } catch (error) {
      await consumer.leave()
      throw error
    }
  }

  private constructor(deps: SnapperDeps, admitted: AdmittedConsumer) {
    this.key = { app: admitted.app.id, id: consumerId(admitted.bearer) }
    this.token = admitted.token
    this.#deps = deps
    this.#admitted = admitted
    this.#delivery = new Delivery({
      queues: deps.queues,
      key: this.key,
      ackWithin: deps.timeouts.ack,
      send: (text) => this.#socket?.send(text),
      hasRead: () => this.#socket !== undefined && hasRead(this.#socket),
      report: (error) => this.#report(error),
    })
    this.#cleanups.add(async () => this.#delivery.stop())
  }

  /** The connection is there; one that the same consumer had before ends, since engine.io knows but one of an id. */
  attach(socket: Socket): void {
    for (const duplicate of this.#deps.live.duplicates(this)) duplicate.giveWay()
    this.#socket = socket
    if (this.#unwanted) return this.end()
    const { pingInterval, pingTimeout } = this.#deps.timeouts
    this.#cleanups.add(closeWhenIdle(socket, pingInterval + pingTimeout))
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

  /**
   * Ends the connection, if it has a socket. Engine.io must not notice: it would take the id from the connection that has
   * it now.
   */
  giveWay(): void {
    if (!this.#socket) return
    this.#socket.removeAllListeners('close')
    this.end()
    void this.leave()
  }

  leave(): Promise<void> {
    this.#unwanted = true
    return this.#cleanups.run()
  }

  async #begin(): Promise<void> {
    const { hub, live, queues, serverId } = this.#deps
    const { app, bearer, port } = this.#admitted
    const most = app.settings.limits?.connections ?? Infinity
    const left = await hub.connections.connect(app.id, most, () => this.end())
    if (!left) throw new Error('This app has reached its limit of connections.')
    this.#cleanups.add(left)
    this.#cleanups.add(() => live.leave(this))
    await Promise.all([live.enter(this), queues.open(this.key, this.#room)])
    await this.#join(userGroup(app.id, bearer.user), this.key.id)
    await this.#join(nodeGroup(app.id), `${serverId}:${port}`)
    this.#cleanups.add(await hub.users.signIn(app.id, bearer.user, this))
  }

  get #room(): string {
    return `user${this.#admitted.bearer.user}`
  }

  async #join(group: string, member: string): Promise<void> {
    const { roster } = this.#deps.hub
    await roster.join(group, member)
    this.#cleanups.add(() => roster.leave(group, member))
  }

  #hear(socket: Socket, data: unknown): void {
    const message = typeof data === 'string' ? readMessage(data) : undefined
    if (message?.kind === 'response') void this.#delivery.answered(message.id, message.ok)
    if (message?.kind === 'request') this.#echo(socket, message)
  }

  /** Of params that are nested too deep no JSON can be written, though they can be read. */
  #echo(socket: Socket, { id, params }: RpcRequest): void {
    try {
      socket.send(success(id, params ?? null))
    } catch (error) {
      this.#report(error)
      this.end()
    }
  }

  #beat(): void {
    this.wake()
    const { timeouts, queues } = this.#deps
    if (performance.now() - this.#renewedAt < timeouts.renew) return
    this.#renewedAt = performance.now()
    void queues.open(this.key, this.#room).catch((error: unknown) => this.#report(error))
  }

  #report(error: unknown): void {
    this.#deps.log.warn({ code: errorCode(error) }, 'a connection of a Snapper consumer failed')
  }
}

type Cleanup = () => Promise<unknown>

/** Runs what was added once, at the end. What is added later runs at once. */
class Cleanups {
  readonly #report: (error: unknown) => void
  readonly #all: Cleanup[] = []
  #over = false

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  add(cleanup: Cleanup): void {
    if (this.#over) void this.#run(cleanup)
    else this.#all.push(cleanup)
  }

  /** Resolves once all have ended; one that fails is reported. */
  async run(): Promise<void> {
    this.#over = true
    await Promise.all(this.#all.splice(0).map((cleanup) => this.#run(cleanup)))
  }

  async #run(cleanup: Cleanup): Promise<void> {
    await cleanup().catch(this.#report)
  }
}
