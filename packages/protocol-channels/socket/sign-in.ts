import { asUserId, isUserId } from '../channel-name.ts'
import { connectionEvent } from '../events.ts'
import { limitsOf } from '../limits.ts'
import { isAuthorized, userText } from '../signature.ts'
import type { ChannelsClient } from './client.ts'
import { endings } from './ending.ts'
import { fieldsOf, type Frame } from './frame.ts'
import { watch } from './watchlist.ts'

/** A client subscribes to the channel on which its user is notified only after it has signed in. */
const LISTENS_LATER = { listens: false }

/** Says which user a connection is, for as long as it lasts. */
export async function signIn(client: ChannelsClient, { data }: Frame): Promise<void> {
  const { auth, user_data: userData } = fieldsOf(data)
  const app = await client.currentApp()
  if (!app) return
  if (typeof auth !== 'string' || typeof userData !== 'string') return fail(client, 'auth and user_data are texts.')
  if (!isAuthorized(app, userText(client.id, userData), auth)) return fail(client, 'The signature is wrong.')
  const { id: given, user_info: info, watchlist } = fieldsOf(userData)
  const id = asUserId(given)
  const { userIdCharacters } = limitsOf(app)
  if (!isUserId(id, userIdCharacters)) {
    return fail(
      client,
      `user_data is JSON with an id: a text of 1 to ${userIdCharacters} characters, or a whole number.`,
    )
  }
  if (client.user && client.user.id !== id) return client.complain('Another user is signed in here.')
  const isNew = !client.user
  client.user = { id, info }
  client.authorized()
  if (isNew) await comeOnline(client, id)
  client.send(connectionEvent('signin_success', { user_data: userData }))
  if (isNew && app.settings.watchlist && Array.isArray(watchlist)) await watch(client, watchlist)
}

async function comeOnline(client: ChannelsClient, user: string): Promise<void> {
  client.atEnd(await client.parts.hub.users.signIn(client.app.id, user, client, LISTENS_LATER))
}

function fail(client: ChannelsClient, reason: string): void {
  client.close(endings.notAuthorized, `The user could not be signed in: ${reason}`)
}
