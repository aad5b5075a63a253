import { randomUUID } from 'node:crypto'
import {
  type App,
  type Batch,
  type ClientConnection,
  type ConnectionHandler,
  errorCode,
  type RealtimeMessage,
} from '@carillon/contract'
import type { SessionAnswer, ServerMessage, SessionConnection } from '@carillon/contract/session-messages'
import { Inbox, Rate, type UserConnection } from '@carillon/hub'
import type { RoomId } from '../room/session-events.ts'
import type { Occupant } from '../room/rooms.ts'
import type { Order } from '../room/order.ts'
import type { Present } from '../room/member.ts'
import type { EndReason } from '../room/session-events.ts'
import type { Participant } from '../room/participant.ts'
import type { SessionGrant } from '../token.ts'
import { answer } from './answer.ts'
import { type SessionClient, type SessionSocketDeps, Subscriptions } from './client.ts'
import { type SessionEnding, endings } from './endings.ts'
import { obey } from './obey.ts'

/** Messages of one connection in a second. */
const SIGNALS = 50
const RELAYS = 200
const OTHER_COMMANDS = 100
/** WebSocket close codes of a client that wanted to leave: normal, going away, no status. */
const WANTED = [1000, 1001, 1005]

/** One client in a session. */
export class Connection implements Occupant, SessionClient, UserConnection, ConnectionHandler {
  readonly id = randomUUID()
  readonly deps: SessionSocketDeps
  readonly room: RoomId
  readonly self: SessionConnection
  readonly rates = { signals: new Rate(SIGNALS), relays: new Rate(RELAYS), others: new Rate(OTHER_COMMANDS) }
  readonly subscriptions = new Subscriptions()
  readonly grant: SessionGrant
  readonly #app: App
  readonly #client: ClientConnection
  readonly #inbox: Inbox
  readonly #entering: Promise<Participant | null>
  readonly #leaveSteps: LeaveStep[] = []
  #endReason: EndReason | undefined
  #over = false

  static open(
    deps: SessionSocketDeps,
    admitted: { app: App; grant: SessionGrant },
    client: ClientConnection,
  ): Connection {
    return new Connection(deps, admitted, client)
  }

  private constructor(
    deps: SessionSocketDeps,
    { app, grant }: { app: App; grant: SessionGrant },
    client: ClientConnection,
  ) {
    this.deps = deps
    this.grant = grant
    this.room = { app: app.id, session: grant.sessionId }
    this.self = { id: this.id, data: grant.connectionData, role: grant.role, createdAt: Date.now() }
    this.#app = app
    this.#client = client
    this.#inbox = new Inbox({
      handle: async (text) => {
        const participant = await this.#entering
        if (participant) await answer(this, participant, text)
      },
      failed: (error) => this.#fail(error),
      full: () => this.close(endings.tooFast),
    })
    this.#entering = this.#enter().catch((error: unknown) => this.#fail(error))
    this.#inbox.wait(this.#entering.then((participant) => (participant ? this.#signIn() : undefined)))
  }

  message(text: string): void {
    this.#inbox.take(text)
  }

  deliver(batch: Batch): void {
    this.#client.write(batch)
  }

  send(message: ServerMessage | SessionAnswer<string | number | undefined>): void {
    this.deps.hub.flush()
    this.#client.send(JSON.stringify(message))
  }

  /** Waits until the connection has entered the session. */
  async notify({ event, data }: RealtimeMessage): Promise<boolean> {
    await this.#entering
    if (!this.#over) this.send({ type: 'push', event, data })
    return !this.#over
  }

  terminate(): void {
    this.close(endings.forced)
  }

  /** A session is a channel on the hub. */
  channels(): string[] {
    return [this.room.session]
  }

  async obey(order: Order): Promise<boolean> {
    const participant = await this.#entering
    return participant !== null && !this.#over && obey(this, participant, order)
  }

  close({ code, reason }: SessionEnding, why?: EndReason): void {
    this.#endReason ??= why
    this.#inbox.close()
    this.#client.close(code, reason)
  }

  closed(code: number): void {
    this.#over = true
    this.#inbox.close()
    this.#endReason ??= WANTED.includes(code) ? 'clientDisconnected' : 'networkDisconnected'
    this.deps.departures.add(this.#leave())
  }

  async #enter(): Promise<Participant | null> {
    const { hub, rooms } = this.deps
    const most = this.#app.settings.limits?.connections ?? Infinity
    const disconnect = await hub.connections.connect(this.#app.id, most, (reason) =>
      this.close(endings.refused(reason)),
    )
    if (!disconnect) return this.#refuse()
    if (!(await this.#onLeave(disconnect))) return null
    const entering = rooms.enter(this.room, this.self, this, (present) => this.#greet(present))
    await this.#onLeave((reason) => rooms.leave(this.room, this.self, this, reason))
    const participant = await entering
    if (!participant) return this.#refuse()
    await this.#onLeave((reason) => participant.end(reason))
    return participant
  }

  #greet(present: Present): void {
    this.send({ type: 'connected', connectionId: this.id, ...present })
  }

  #refuse(): null {
    this.close(endings.full)
    return null
  }

  /** Signs in the pusher named in the connection data, now that the connection receives messages. */
  async #signIn(): Promise<void> {
    const pusher = pusherIn(this.grant.connectionData)
    if (pusher !== undefined) await this.#onLeave(await this.deps.hub.users.signIn(this.#app.id, pusher, this))
  }

  /** Adds a step of leaving; runs it at once if the connection is over. @returns whether it goes on */
  async #onLeave(step: LeaveStep): Promise<boolean> {
    this.#leaveSteps.push(step)
    if (this.#over) await this.#leave()
    return !this.#over
  }

  /** Last step first: streams end before their connection. */
  async #leave(): Promise<void> {
    for (let step = this.#leaveSteps.pop(); step; step = this.#leaveSteps.pop()) {
      await step(this.#endReason ?? 'clientDisconnected').catch((error: unknown) => this.#report(error))
    }
  }

  #fail(error: unknown): null {
    this.#report(error)
    this.close(endings.outOfReach)
    return null
  }

  #report(error: unknown): void {
    this.deps.log.warn({ code: errorCode(error) }, 'a connection of a session failed')
  }
}

type LeaveStep = (reason: EndReason) => Promise<unknown>

/**
 * The pusher that the application names in the connection data of a token: `{"pusher": "<id>"}`, with any other
 * fields. Undefined for connection data of any other form.
 */
function pusherIn(connectionData: string): string | undefined {
  try {
    const { pusher } = Object(JSON.parse(connectionData)) as { pusher?: unknown }
    return typeof pusher === 'string' && pusher !== '' ? pusher : undefined
  } catch {
    return undefined
  }
}
