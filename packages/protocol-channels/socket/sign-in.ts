import { asUserId, isUserId } from '../channel-name.ts'
import { connectionEvent } from '../events.ts'
import { limitsOf, MOST_WATCHED } from '../limits.ts'
import { isAuthorized, userText } from '../signature.ts'
import { type ChannelsClient, closeReasons } from './client.ts'
import { type ClientFrame, fieldsOf } from './frame.ts'

/** A client subscribes to the channel on which its user is notified only after it has signed in. */
const LISTENS_LATER = { listens: false }
/** Code of an error, not of a close: the first ones are watched. */
const TOO_MANY = 4302

/** Says which user a connection is, for as long as it lasts. */
export async function signIn(client: ChannelsClient, { data }: ClientFrame): Promise<void> {
  const { auth, user_data: userData } = fieldsOf(data)
  const app = await client.currentApp()
  if (!app) return
  if (typeof auth !== 'string' || typeof userData !== 'string') return fail(client, 'auth and user_data must be texts.')
  if (!isAuthorized(app, userText(client.id, userData), auth)) return fail(client, 'The signature is wrong.')
  const { id: given, user_info: info, watchlist } = fieldsOf(userData)
  const id = asUserId(given)
  const { userIdCharacters } = limitsOf(app)
  if (!isUserId(id, userIdCharacters)) {
    return fail(
      client,
      `user_data must be JSON with an id, a text of 1 to ${userIdCharacters} characters, or a whole number.`,
    )
  }
  if (client.user && client.user.id !== id) return client.complain('Another user is signed in on this connection.')
  const isNew = !client.user
  client.user = { id, info }
  client.authorized()
  if (isNew) await comeOnline(client, id)
  client.send(connectionEvent('signin_success', { user_data: userData }))
  if (isNew && app.settings.watchlist && Array.isArray(watchlist)) await watch(client, watchlist)
}

async function comeOnline(client: ChannelsClient, user: string): Promise<void> {
  client.atEnd(await client.deps.hub.users.signIn(client.app.id, user, client, LISTENS_LATER))
}

function fail(client: ChannelsClient, reason: string): void {
  client.close(closeReasons.notAuthorized, `The user could not be signed in: ${reason}`)
}

/** Tells a connection which of some users are online, and from then on of each that comes or goes. */
async function watch(client: ChannelsClient, watchlist: readonly unknown[]): Promise<void> {
  const { userIdCharacters } = limitsOf(client.app)
  const named = [...new Set(watchlist.map(asUserId).filter((id) => isUserId(id, userIdCharacters)))]
  if (named.length > MOST_WATCHED) {
    client.complain(`A user may watch at most ${MOST_WATCHED} users: the others are ignored.`, undefined, TOO_MANY)
  }
  const users = named.slice(0, MOST_WATCHED)
  if (users.length > 0) await new Watch(client).begin(users)
}

class Watch {
  readonly #client: ChannelsClient
  /** What the client knows, or will be sent first. */
  readonly #online = new Map<string, boolean>()
  #begun = false

  constructor(client: ChannelsClient) {
    this.#client = client
  }

  async begin(users: readonly string[]): Promise<void> {
    const { app, deps } = this.#client
    const watching = users.map(async (user) => {
      const stop = await deps.hub.watches.watch(app.id, user, (here) => this.#changed(user, here))
      this.#client.atEnd(stop)
    })
    await Promise.all(watching)
    const counts = await deps.hub.users.connections(app.id, users)
    // Whoever came or went meanwhile is known better than the count knows.
    for (const [at, user] of users.entries()) if (!this.#online.has(user)) this.#online.set(user, counts[at]! > 0)
    this.#begun = true
    this.#send(users)
  }

  #changed(user: string, here: boolean): void {
    if (this.#online.get(user) === here) return
    this.#online.set(user, here)
    if (this.#begun) this.#send([user])
  }

  #send(users: readonly string[]): void {
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
