import { type Backplane, type Joined, type Roster, UnreadableMessage } from '@carillon/contract'

type Close = (reason: string) => void

/** An app's connections in this process, and whether it listens for their end. */
interface Here {
  closes: Set<Close>
  listening: Promise<void>
}

const GROUP = 'connections'
/** Bytes of the reason that a WebSocket is closed with. */
const LONGEST_REASON = 123

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
   * @param most how many connections the app may have, over all processes
   * @param close called when the app's connections are ended
   * @returns what is called when the connection is over; null when the app has as many as it may have
   */
  async connect(app: number, most: number, close: Close): Promise<(() => Promise<void>) | null> {
    const leave = async () => {
      await this.#forget(app, close)
      await this.#roster.leave(GROUP, String(app))
    }
    const joined = await this.#join(app, close).catch(async (error: unknown) => {
      await this.#forget(app, close)
      throw error
    })
    if (joined!.count <= most) return leave
    await leave()
    return null
  }

  /** How many an app has. */
  async count(app: number): Promise<number> {
    return (await this.#roster.counts(GROUP, [String(app)]))[0] ?? 0
  }

  /** Ends all of an app's connections, in all processes. */
  async closeAll(app: number, reason: string): Promise<void> {
    await this.#backplane.publish(topicOf(app), reason)
  }

  async #join(app: number, close: Close): Promise<Joined | null> {
    const here = this.#here.get(app) ?? this.#listen(app)
    here.closes.add(close)
    await here.listening
    return this.#roster.join(GROUP, String(app))
  }

  #listen(app: number): Here {
    const closes = new Set<Close>()
    const end = (reason: string) => {
      if (Buffer.byteLength(reason) > LONGEST_REASON) throw new UnreadableMessage('close', 'length')
      for (const close of closes) close(reason)
    }
    const here = { closes, listening: this.#backplane.subscribe(topicOf(app), end) }
    this.#here.set(app, here)
    return here
  }

  async #forget(app: number, close: Close): Promise<void> {
    const here = this.#here.get(app)
    if (!here?.closes.delete(close) || here.closes.size > 0) return
    this.#here.delete(app)
    await this.#backplane.unsubscribe(topicOf(app))
  }
}

function topicOf(app: number): string {
  return `app:${app}`
}
