import { randomInt } from 'node:crypto'
import { type App, type Batch, type ConnectionHandler, errorCode, type ClientConnection } from '@carillon/contract'
import { Inbox, type InboxParts, Rate, type Session } from '@carillon/hub'
import { connectionEvent, errorEvent } from '../events.ts'
import { CLIENT_EVENTS_PER_SECOND, limitsOf } from '../limits.ts'
import { answer } from './answer.ts'
import { type Ending, endings, endConnection } from './ending.ts'
import type { SocketParts } from './socket-parts.ts'
import type { SignedIn } from './user.ts'

/** Seconds of silence after which a client asks whether anybody is there. */
const ACTIVITY_TIMEOUT_S = 120
const HALF_OF_ID = 2 ** 47

/** One client. */
export class Connection implements Session, ConnectionHandler, InboxParts {
  /** Two random numbers: no other connection of any process has them. */
  readonly id = `${randomInt(HALF_OF_ID)}.${randomInt(HALF_OF_ID)}`
  readonly parts: SocketParts
  /** As it was when last looked up. */
  app: App
  user: SignedIn | undefined
  readonly #client: ClientConnection
  readonly #inbox = new Inbox(this)
  #endings: (() => Promise<unknown>)[] = []
  #clientEvents: Rate | undefined
  #held: Batch[] | undefined
  #unauthorized: NodeJS.Timeout | undefined
  #over = false

  static open(parts: SocketParts, app: App, client: ClientConnection): Connection {
    const connection = new Connection(parts, app, client)
    connection.#inbox.wait(connection.#begin())
    return connection
  }

  private constructor(parts: SocketParts, app: App, client: ClientConnection) {
    this.parts = parts
    this.app = app
    this.#client = client
  }

  /** Most clients only listen, and never need it. */
  get clientEvents(): Rate {
    return (this.#clientEvents ??= new Rate(CLIENT_EVENTS_PER_SECOND))
  }

  message(text: string): void {
    this.#inbox.take(text)
  }

  /** A message whose turn it is. */
  handle(text: string): Promise<void> | void {
    return answer(this, text)
  }

  failed(error: unknown): void {
    this.#report(error)
    this.close(endings.outOfReach)
  }

  full(): void {
    this.close(endings.tooFast)
  }

  deliver(batch: Batch): void {
    if (this.#held) this.#held.push(batch)
    else this.#client.write(batch)
  }

  /** After what was published before. */
  send(text: string): void {
    this.parts.hub.flush()
    this.#client.send(text)
  }

  /** Tells the client of something it did wrong. */
  complain(message: string, channel?: string, code: number | null = null): void {
    this.send(errorEvent(code, message, channel))
  }

  /** Keeps what channels deliver until the release. */
  hold(): void {
    this.#held ??= []
  }

  release(): void {
    if (!this.#held) return
    this.parts.hub.flush()
    const held = this.#held
    this.#held = undefined
    for (const batch of held) this.#client.write(batch)
  }

  /** The app as it is now, for its secrets may have changed; null when the connection has ended with it. */
  async currentApp(): Promise<App | null> {
    const app = await this.parts.apps.byId(this.app.id)
    if (!app?.enabled) {
      this.close(app ? endings.disabledApp : endings.unknownApp)
      return null
    }
    this.app = app
    return app
  }

  /** @param message says more than the reason of a close has room for */
  close(ending: Ending, message?: string): void {
    this.parts.hub.flush()
    this.#inbox.close()
    endConnection(this.#client, ending, message)
  }

  /** Has something done once the connection is over; at once when it is. */
  atEnd(ending: () => Promise<unknown>): void {
    if (this.#over) this.#run(ending)
    else this.#endings = this.#endings.concat(ending) // as large as it is: pushed to, it would have room for 17
  }

  /** It has signed in, or is on a channel that asks for the app's signature. */
  authorized(): void {
    clearTimeout(this.#unauthorized)
  }

  closed(): void {
    this.#over = true
    clearTimeout(this.#unauthorized)
    this.#inbox.close()
    for (const ending of this.#endings) this.#run(ending)
  }

  async #begin(): Promise<void> {
    const { hub, namespace } = this.parts
    const { connections } = limitsOf(this.app)
    const close = (reason: string) => this.close({ code: endings.disabledApp.code, reason })
    const leave = await hub.connections.connect(this.app.id, connections, close)
    if (!leave) return this.close(endings.overQuota)
    this.atEnd(leave)
    if (this.#over) return
    namespace.enter(this)
    this.atEnd(() => this.#leaveChannels())
    this.#expectAuthority()
    this.send(connectionEvent('connection_established', { socket_id: this.id, activity_timeout: ACTIVITY_TIMEOUT_S }))
  }

  #expectAuthority(): void {
    if (!this.app.settings.authorizedConnections) return
    const within = limitsOf(this.app).authorizationSeconds * 1000
    this.#unauthorized = setTimeout(() => this.close(endings.neverAuthorized), within).unref()
  }

  async #leaveChannels(): Promise<void> {
    const { namespace, counts } = this.parts
    for (const { channel, count } of await namespace.leave(this)) counts.changed(this.app, channel.name, count)
  }

  #run(ending: () => Promise<unknown>): void {
    ending().catch((error: unknown) => this.#report(error))
  }

  #report(error: unknown): void {
    this.parts.log.warn({ code: errorCode(error) }, 'a client of Pusher Channels could not be served')
  }
}
