import {
  type App,
  type AppDirectory,
  type Backplane,
  type Handshake,
  type Joined,
  mayConnectFrom,
  type Roster,
  UnreadableMessage,
} from '@carillon/contract'

type Close = (reason: string) => void

/** An app's connections in this process, and whether it is notified of their end by other processes. */
interface Here {
  closes: Set<Close>
  listening?: Promise<void>
}

const GROUP = 'connections'
/** Bytes of the reason that a WebSocket is closed with. */
const LONGEST_REASON = 123

/** Why a client may not connect to an app. */
type AppRefusal = 'unknownApp' | 'disabledApp' | 'tlsOnly' | 'badOrigin'

/** Looks up the app that a client wants to connect to. @returns a reason where the client may not connect */
export async function appForClient(
  apps: AppDirectory,
  key: string,
  { secure, origin }: Handshake,
): Promise<App | AppRefusal> {
  const app = await apps.byKey(key)
  if (!app) return 'unknownApp'
  if (!app.enabled) return 'disabledApp'
  if (app.settings.tlsOnly && !secure) return 'tlsOnly'
  return mayConnectFrom(app, origin) ? app : 'badOrigin'
}

/** The connections of each app, on whichever protocol. */
export class AppConnections {
  readonly #backplane: Backplane
  readonly #roster: Roster
  readonly #here = new Map<number, Here>()

  constructor(backplane: Backplane, roster: Roster) {
    this.#backplane = backplane
    this.#roster = roster
  }

  /**
   * Counts a connection of a client.
   * @param most how many connections the app may have, over all processes
   * @param close called when the app's connections are ended
   * @returns what is called when the connection is over; null when the app has as many as it may have
   */
  async connect(app: number, most: number, close: Close): Promise<(() => Promise<void>) | null> {
    const forget = this.attend(app, close)
    const leave = async () => {
      await forget()
      await this.#roster.leave(GROUP, String(app))
    }
    const joined = await this.#join(app).catch(async (error: unknown) => {
      await forget()
      throw error
    })
    if (joined!.count <= most) return leave
    await leave()
    return null
  }

  /**
   * For a connection that is not counted, such as that of an application's server.
   * @param close called when the app's connections in this process are ended
   * @returns what is called when the connection is over
   */
  attend(app: number, close: Close): () => Promise<void> {
    const here: Here = this.#here.get(app) ?? { closes: new Set() }
    this.#here.set(app, here)
    here.closes.add(close)
    return () => this.#forget(app, close)
  }

  /** How many an app has. */
  async count(app: number): Promise<number> {
    return (await this.#roster.counts(GROUP, [String(app)]))[0] ?? 0
  }

  /** Ids of the apps that have connections in this process. */
  appsHere(): number[] {
    return [...this.#here.keys()]
  }

  /** Ends all of an app's connections in this process. */
  closeHere(app: number, reason: string): void {
    for (const close of this.#here.get(app)?.closes ?? []) close(reason)
  }

  /** Ends all of an app's connections, in all processes. */
  async closeAll(app: number, reason: string): Promise<void> {
    await this.#backplane.publish(topicOf(app), reason)
  }

  async #join(app: number): Promise<Joined | null> {
    const here = this.#here.get(app)!
    await (here.listening ??= this.#listen(app, here))
    return this.#roster.join(GROUP, String(app))
  }

  async #listen(app: number, here: Here): Promise<void> {
    try {
      await this.#backplane.subscribe(topicOf(app), (reason) => this.#hear(app, reason))
    } catch (error) {
      delete here.listening // the next connection tries again
      throw error
    }
  }

  /** @throws UnreadableMessage */
  #hear(app: number, reason: string): void {
    if (Buffer.byteLength(reason) > LONGEST_REASON) throw new UnreadableMessage('close', 'length')
    this.closeHere(app, reason)
  }

  async #forget(app: number, close: Close): Promise<void> {
    const here = this.#here.get(app)
    if (!here?.closes.delete(close) || here.closes.size > 0) return
    this.#here.delete(app)
    if (here.listening) await this.#backplane.unsubscribe(topicOf(app))
  }
}

function topicOf(app: number): string {
  return `app:${app}`
}
