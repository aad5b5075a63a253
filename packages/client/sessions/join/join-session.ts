import { JoinedSession } from './joined-session.ts'
import { type JoinOptions, sessionOptions } from './options.ts'

/**
 * Joins a session, from a browser or, without media, from Node.
 * @param url of the server, such as `https://push.example.com`; a path in it is that of a proxy
 * @throws TypeError naming the option that cannot be used
 * @throws SessionError when it is not let in, or cannot be reached
 */
export async function joinSession(url: string, options: JoinOptions): Promise<JoinedSession> {
  const session = new JoinedSession(sessionOptions(url, options))
  await session.join()
  return session
}
