import {
  type App,
  type Batch,
  type ConnectionHandler,
  errorCode,
  type RealtimeMessage,
  type ClientConnection,
} from '@carillon/contract'
import type { UserConnection } from '@carillon/hub'
import type { AudienceMember } from '../audience/audience.ts'
import type { GopusherDeps } from '../deps.ts'
import { comeOnline } from '../online.ts'

export interface AdmittedClient {
  app: App
  userTag: string
  client: ClientConnection
}

/** RFC 6455: what the client does is not allowed (any more), or it may try again later. */
const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013

/** One client: it receives what is pushed, and sends nothing. */
export class GopusherConnection implements AudienceMember, ConnectionHandler, UserConnection {
  readonly userTag: string
  readonly #app: App
  readonly #deps: GopusherDeps
  readonly #client: ClientConnection
  readonly #endings: (() => Promise<unknown>)[] = []
  #over = false

  static open(deps: GopusherDeps, admitted: AdmittedClient): GopusherConnection {
    const connection = new GopusherConnection(deps, admitted)
    connection.#begin().catch((error: unknown) => connection.#fail(error))
    return connection
  }

  private constructor(deps: GopusherDeps, { app, userTag, client }: AdmittedClient) {
    this.#deps = deps
    this.#app = app
    this.userTag = userTag
    this.#client = client
  }

  message(): void {}

  deliver(batch: Batch): void {
    this.#client.write(batch)
  }

  notify({ event, data }: RealtimeMessage): boolean {
    if (!this.#over) this.#client.send(JSON.stringify({ e: event, d: data }))
    return !this.#over
  }

  terminate(): void {
    this.#close(POLICY_VIOLATION, 'The application ended the connections of this user.')
  }

  closed(): void {
    this.#over = true
    for (const ending of this.#endings) this.#run(ending)
  }

  /** Listed as online last, so that every listed user receives what is pushed. */
  async #begin(): Promise<void> {
    const { hub, audiences } = this.#deps
    const { id, settings } = this.#app
    const most = settings.limits?.connections ?? Infinity
    const left = await hub.connections.connect(id, most, (reason) => this.#close(POLICY_VIOLATION, reason))
    if (!left) return this.#close(TRY_AGAIN_LATER, 'This app has reached its limit of connections.')
    this.#atEnd(left)
    this.#atEnd(await audiences.join(id, this))
    this.#atEnd(await comeOnline(hub, id, this.userTag))
    // Without a hook the user_tag is a claim that anyone can make.
    if (settings.connectHook !== undefined) this.#atEnd(await hub.users.signIn(id, this.userTag, this))
  }

  /** At once when it is over already. */
  #atEnd(ending: () => Promise<unknown>): void {
    if (this.#over) this.#run(ending)
    else this.#endings.push(ending)
  }

  #close(code: number, reason: string): void {
    this.#over = true
    this.#client.close(code, reason)
  }

  #run(ending: () => Promise<unknown>): void {
    ending().catch((error: unknown) => this.#report(error))
  }

  #fail(error: unknown): void {
    this.#report(error)
    this.#close(TRY_AGAIN_LATER, 'Redis or the database is unavailable; reconnect later.')
  }

  #report(error: unknown): void {
    this.#deps.log.warn({ code: errorCode(error) }, 'a connection of GoPusher failed')
  }
}
