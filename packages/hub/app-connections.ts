import type { Backplane, Roster } from '@carillon/contract'

type Close = (reason: string) => void

const GROUP = 'connections'

/** The connections of each app, on whichever protocol. */
export class AppConnections {
  readonly #backplane: Backplane
  readonly #roster: Roster
  readonly #here = new Map<number, Set<Close>>()

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
    await this.#keep(app, close)
    const joined = await this.#roster.join(GROUP, String(app)).catch(async (error: unknown) => {
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

  async #keep(app: number, close: Close): Promise<void> {
    const here = this.#here.get(app) ?? new Set()
    this.#here.set(app, here)
    here.add(close)
    if (here.size > 1) return
    await this.#backplane.subscribe(topicOf(app), (reason) => {
      for (const each of here) each(reason)
    })
  }

  async #forget(app: number, close: Close): Promise<void> {
    const here = this.#here.get(app)
    if (!here?.delete(close) || here.size > 0) return
    this.#here.delete(app)
    await this.#backplane.unsubscribe(topicOf(app))
  }
}

function topicOf(app: number): string {
  return `app:${app}`
}
