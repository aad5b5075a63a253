import { asUserId, isUserId } from '../channel-name.ts'
import { limitsOf, MOST_WATCHED } from '../limits.ts'
import type { ChannelsClient } from './client.ts'

/** Code of an error, not of a close: the first ones are watched. */
const TOO_MANY = 4302

/** Tells a connection which of some users are online, and from then on of each that comes or goes. */
export async function watch(client: ChannelsClient, watchlist: readonly unknown[]): Promise<void> {
  const { userIdCharacters } = limitsOf(client.app)
  const named = [...new Set(watchlist.map(asUserId).filter((id) => isUserId(id, userIdCharacters)))]
  if (named.length > MOST_WATCHED) {
    client.complain(`A user may watch ${MOST_WATCHED} others: the rest is left out.`, undefined, TOO_MANY)
  }
  const users = named.slice(0, MOST_WATCHED)
  if (users.length > 0) await new Watch(client).begin(users)
}

class Watch {
  readonly #client: ChannelsClient
  /** What the client knows, or is to hear of first. */
  readonly #online = new Map<string, boolean>()
  #begun = false

  constructor(client: ChannelsClient) {
    this.#client = client
  }

  async begin(users: readonly string[]): Promise<void> {
    const { app, parts } = this.#client
    const watching = users.map(async (user) => {
      const stop = await parts.hub.watches.watch(app.id, user, (here) => this.#changed(user, here))
      this.#client.atEnd(stop)
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
    this.#client.send(watchlistEvents(events))
  }
}

function watchlistEvents(events: object[]): string {
  return JSON.stringify({ event: 'pusher_internal:watchlist_events', data: JSON.stringify({ events }) })
}
