import { randomInt } from 'node:crypto'
import {
  type App,
  type Batch,
  type ClientConnection,
  type ConnectionHandler,
  errorCode,
  type RealtimeMessage,
} from '@carillon/contract'
import { Inbox, type InboxHandlers, Rate } from '@carillon/hub'
import { serverToUserChannel } from '../channel-name.ts'
import { channelEvent, connectionEvent, errorEvent } from '../events.ts'
import { CLIENT_EVENTS_PER_SECOND, limitsOf } from '../limits.ts'
import { clientEvent } from './client-event.ts'
import {
  type ChannelsClient,
  type ChannelsSocketDeps,
  type CloseReason,
  closeConnection,
  closeReasons,
  type SignedIn,
} from './client.ts'
import { type ClientFrame, readFrame } from './frame.ts'
import { signIn } from './sign-in.ts'
import { subscribe, unsubscribe } from './subscribe.ts'

/** Seconds of silence after which a client asks whether anybody is there. */
const ACTIVITY_TIMEOUT_S = 120
const HALF_OF_ID = 2 ** 47

type ChannelsCommand = (client: ChannelsClient, frame: ClientFrame) => Promise<void> | void

const commands: Partial<Record<string, ChannelsCommand>> = {
  'pusher:ping': (client) => client.send(connectionEvent('pong', {})),
  'pusher:pong': () => {}, // that anything was heard is what counts
  'pusher:subscribe': subscribe,
  'pusher:unsubscribe': unsubscribe,
  'pusher:signin': signIn,
}

/** The connection of one client. */
export class ChannelsConnection implements ChannelsClient, ConnectionHandler, InboxHandlers {
  /** Two random numbers: no other connection of any process has them. */
  readonly id = `${randomInt(HALF_OF_ID)}.${randomInt(HALF_OF_ID)}`
  readonly deps: ChannelsSocketDeps
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

  static open(deps: ChannelsSocketDeps, app: App, client: ClientConnection): ChannelsConnection {
    const connection = new ChannelsConnection(deps, app, client)
    connection.#inbox.wait(connection.#begin())
    return connection
  }

  private constructor(deps: ChannelsSocketDeps, app: App, client: ClientConnection) {
    this.deps = deps
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
    return runCommand(this, text)
  }

  failed(error: unknown): void {
    this.#report(error)
    this.close(closeReasons.outOfReach)
  }

  full(): void {
    this.close(closeReasons.tooFast)
  }

  deliver(batch: Batch): void {
    if (this.#held) this.#held.push(batch)
    else this.#client.write(batch)
  }

  /** On the channel of the signed-in user, if the client has subscribed to it. */
  notify({ event, data }: RealtimeMessage): boolean {
    const channel = this.user && serverToUserChannel(this.user.id)
    if (channel === undefined || !this.deps.namespace.isOn(this, { app: this.app.id, name: channel })) return false
    this.send(channelEvent(channel, event, typeof data === 'string' ? data : JSON.stringify(data)))
    return true
  }

  terminate(): void {
    this.close(closeReasons.terminated)
  }

  channels(): string[] {
    return this.deps.namespace.namesOf(this)
  }

  send(text: string): void {
    this.deps.hub.flush()
    this.#client.send(text)
  }

  complain(message: string, channel?: string, code: number | null = null): void {
    this.send(errorEvent(code, message, channel))
  }

  hold(): void {
    this.#held ??= []
  }

  release(): void {
    if (!this.#held) return
    this.deps.hub.flush()
    const held = this.#held
    this.#held = undefined
    for (const batch of held) this.#client.write(batch)
  }

  async currentApp(): Promise<App | null> {
    const app = await this.deps.apps.byId(this.app.id)
    if (!app?.enabled) {
      this.close(app ? closeReasons.disabledApp : closeReasons.unknownApp)
      return null
    }
    this.app = app
    return app
  }

  close(reason: CloseReason, message?: string): void {
    this.deps.hub.flush()
    this.#inbox.close()
    closeConnection(this.#client, reason, message)
  }

  atEnd(ending: () => Promise<unknown>): void {
    if (this.#over) this.#run(ending)
    else this.#endings = this.#endings.concat(ending) // as large as it is: pushed to, it would have room for 17
  }

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
    const { hub, namespace } = this.deps
    const { connections } = limitsOf(this.app)
    const close = (reason: string) => this.close({ code: closeReasons.disabledApp.code, reason })
    const leave = await hub.connections.connect(this.app.id, connections, close)
    if (!leave) return this.close(closeReasons.overQuota)
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
    this.#unauthorized = setTimeout(() => this.close(closeReasons.neverAuthorized), within).unref()
  }

  async #leaveChannels(): Promise<void> {
    const { namespace, counts } = this.deps
    for (const { channel, count } of await namespace.leave(this)) counts.changed(this.app, channel.name, count)
  }

  #run(ending: () => Promise<unknown>): void {
    ending().catch((error: unknown) => this.#report(error))
  }

  #report(error: unknown): void {
    this.deps.log.warn({ code: errorCode(error) }, 'a connection of Pusher Channels failed')
  }
}

/** Does what a client's message asks for. */
function runCommand(client: ChannelsClient, text: string): Promise<void> | void {
  const frame = readFrame(text)
  if (!frame) return client.complain('A message must be a JSON object with an event.')
  const command = frame.event.startsWith('client-') ? clientEvent : known(frame.event)
  if (!command) return client.complain(`Clients may not send ${shortened(frame.event)}`)
  return command(client, frame)
}

function known(event: string): ChannelsCommand | undefined {
  return Object.hasOwn(commands, event) ? commands[event] : undefined
}

function shortened(event: string): string {
  return event.length > 100 ? `${event.slice(0, 100).toWellFormed()}…` : event
}
