import type { Channel } from 'pusher-js'
import { LiveError } from './errors.ts'
import { outcome, type PusherJs } from './outcome.ts'

/** Signs in, on this connection and on each that follows it. @returns the user's id, who can be reached now. */
export async function signIn(pusher: PusherJs): Promise<string> {
  const { user } = pusher
  // The server's yes comes first, and only then the subscription that a user is reached by.
  const isReachable = () => {
    const { serverToUserChannel: own } = user as { serverToUserChannel: Channel | null }
    return own?.subscribed ?? false
  }
  if (!isReachable()) {
    const no: [typeof user, string] = [user, 'pusher:signin_error']
    const answered = outcome(pusher, { yes: [pusher.connection, 'message', isReachable], no })
    user.signin()
    await answered.catch((error: unknown) => {
      // Else pusher-js would not ask again before it has another connection.
      user.signin_requested = false
      throw error
    })
  }
  const { id } = (user.user_data ?? {}) as { id?: string }
  if (id === undefined) throw new LiveError('unavailable', 'The connection ended as soon as it was signed in')
  return id
}
