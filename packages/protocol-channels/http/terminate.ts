import { isUserId } from '../channel-name.ts'
import { limitsOf } from '../limits.ts'
import type { ChannelsParts } from '../parts.ts'
import type { Call } from './call.ts'
import { malformed } from '@carillon/request'

/** Milliseconds that the processes have to say that they heard. */
const HEARD_WITHIN_MS = 2000

/** `POST /users/{user}/terminate_connections`: ends all connections that are signed in as that user. */
export async function terminate({ hub }: ChannelsParts, { app, subject }: Call): Promise<object> {
  const { userIdCharacters } = limitsOf(app)
  if (!isUserId(subject, userIdCharacters))
    throw malformed(`The id of a user has 1 to ${userIdCharacters} characters in this app.`)
  await hub.users.terminate(app.id, subject, HEARD_WITHIN_MS)
  return {}
}
