import { asUserId, isUserId } from '../channel-name.ts'
import { limitsOf, MOST_WATCHED } from '../limits.ts'
import type { Connection } from './connection.ts'

/** Code of an error, not of a close: the first ones are watched. */
const TOO_MANY = 4302

/** Tells a connection which of some users are online, and from then on of each that comes or goes. */
export async function watch(connection: Connection, watchlist: readonly unknown[]): Promise<void> {
  const { userIdCharacters } = limitsOf(connection.app)
  const named = [...new Set(watchlist.map(asUserId).filter((id) => isUserId(id, userIdCharacters)))]
  if (named.length > MOST_WATCHED) {
    connection.complain(`A user may watch ${MOST_WATCHED} others: the rest is left out.`, undefined, TOO_MANY)
  }
  const users = named.slice(0, MOST_WATCHED)
  if (users.length > 0) await new Watch(connection).begin(users)
}

class Watch {
  readonly #connection: Connection
  /** What the client knows, or is to hear of first. */
  readonly #online = new Map<string, boolean>()
  #begun = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async begin(users: readonly string[]): Promise<void> {
    const { app, parts } = this.#connection
    const watching = users.map(async (user) => {
      const stop = await parts.hub.watches.watch(app.id, user, (here) => this.#changed(user, here))
      this.#connection.atEnd(stop)
    })
    await Promise.all(watching)
    const counts = await parts.hub.users.connections(app.id, users)
    // Whoever came or went meanwhile is known better than the count knows.
    for (const [at, user] of users.entries()) if (!this.#online.has(user)) this.#online.set(user, counts[at]! > 0)
    this.#begun = true
    this.#tell(users)
  }

  #changed(user: string, here: boolean): void {
    if (this.#online.get(user) === here) return
    this.#online.set(user, here)
    if (this.#begun) this.#tell([user])
  }

  #tell(users: readonly string[]): void {
    const online = users.filter((user) => this.#online.get(user))
    const offline = users.filter((user) => !this.#online.get(user))
    const events = [
      { name: 'online', user_ids: online },
      { name: 'offline', user_ids: offline },
    ].filter(({ user_ids: ids }) => ids.length > 0)
    this.#connection.send(watchlistEvents(events))
  }
}

function watchlistEvents(events: object[]): string {
  return JSON.stringify({ event: 'pusher_internal:watchlist_events', data: JSON.stringify({ events }) })
}
