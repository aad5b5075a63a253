import { attempt } from './attempt.ts'
import type { Sdk } from './sdk.ts'

/** Who one is on a presence channel. */
export interface Member {
  user_id: string
  /** What the others see. */
  user_info?: object | undefined
}

/** Who signs in. */
export interface User {
  /** A pusher's id, so that pushes of `sendrealtime` arrive. */
  id: string
  user_info?: object | undefined
  /** Ids of users whose coming and going is to be told. */
  watchlist?: readonly string[] | undefined
}

/** What a client hands to the server, to be let onto a channel. */
export interface ChannelAuth {
  auth: string
  channel_data?: string
  /** Of an encrypted channel; the client keeps it. */
  shared_secret?: string
}

export interface UserAuth {
  auth: string
  user_data: string
}

export interface AuthorityCalls {
  /**
   * Signs that this connection may be on this channel. Nothing is sent.
   * @param member of a presence channel; without one, the user who is signed in.
   */
  authorize(socketId: string, channel: string, member?: Member): ChannelAuth
  /** Signs that this connection is of this user. Nothing is sent. */
  authenticate(socketId: string, user: User): UserAuth
}

/** What is signed for clients, which know no secret. */
export function authorityCalls(sdk: Sdk): AuthorityCalls {
  return {
    authorize: (socketId, channel, member) => attempt(() => sdk.authorizeChannel(socketId, channel, member)),
    authenticate: (socketId, user) => attempt(() => sdk.authenticateUser(socketId, { ...user })),
  }
}
