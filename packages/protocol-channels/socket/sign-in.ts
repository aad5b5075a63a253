import { asUserId, isUserId } from '../channel-name.ts'
import { connectionEvent } from '../events.ts'
import { limitsOf } from '../limits.ts'
import { isAuthorized, userText } from '../signature.ts'
import type { Connection } from './connection.ts'
import { endings } from './ending.ts'
import { fieldsOf, type Frame } from './frame.ts'
import { ChannelsUserConnection } from './user-connection.ts'
import { watch } from './watchlist.ts'

/** A client subscribes to the channel on which its user is notified only after it has signed in. */
const LISTENS_LATER = { listens: false }

/** Says which user a connection is, for as long as it lasts. */
export async function signIn(connection: Connection, { data }: Frame): Promise<void> {
  const { auth, user_data: userData } = fieldsOf(data)
  const app = await connection.currentApp()
  if (!app) return
  if (typeof auth !== 'string' || typeof userData !== 'string') return fail(connection, 'auth and user_data are texts.')
  if (!isAuthorized(app, userText(connection.id, userData), auth)) return fail(connection, 'The signature is wrong.')
  const { id: given, user_info: info, watchlist } = fieldsOf(userData)
  const id = asUserId(given)
  const { userIdCharacters } = limitsOf(app)
  if (!isUserId(id, userIdCharacters)) {
    return fail(
      connection,
      `user_data is JSON with an id: a text of 1 to ${userIdCharacters} characters, or a whole number.`,
    )
  }
  if (connection.user && connection.user.id !== id) return connection.complain('Another user is signed in here.')
  const isNew = !connection.user
  connection.user = { id, info }
  connection.authorized()
  if (isNew) await comeOnline(connection, id)
  connection.send(connectionEvent('signin_success', { user_data: userData }))
  if (isNew && app.settings.watchlist && Array.isArray(watchlist)) await watch(connection, watchlist)
}

async function comeOnline(connection: Connection, user: string): Promise<void> {
  const notified = new ChannelsUserConnection(connection, user)
  connection.atEnd(await connection.parts.hub.users.signIn(connection.app.id, user, notified, LISTENS_LATER))
}

function fail(connection: Connection, reason: string): void {
  connection.close(endings.notAuthorized, `The user could not be signed in: ${reason}`)
}
