import type { SessionRole } from '@carillon/contract/session-messages'
import { Hours24 } from './lifetimes.ts'
import { checkToken, makeTokens, type TokenWish } from './token.ts'
import { makeTokensInThreads } from './token-threads.ts'

/** A session, and what lets clients into it. */
export interface Session {
  id: string
  /**
   * A token for one client, made here: nobody is asked.
   * @param role default `publisher`
   * @param connectionData what all in the session see of the client; at most 1024 characters
   * @param expiration seconds, such as `Hours1`; default a day, at most 30 days
   * @throws TypeError naming what cannot be used.
   */
  token(role?: SessionRole, connectionData?: string, expiration?: number): string
  /** As many tokens, all different. Rejects as `token` throws. */
  tokens(n: number, options?: TokensOptions): Promise<string[]>
}

export interface TokensOptions {
  /** Makes them in so many threads at most, true: one for each core; worth it from some ten thousand tokens on. */
  parallel?: boolean | number
  role?: SessionRole
  connectionData?: string
  expiration?: number
}

const MOST_TOKENS = 10_000_000

export function sessionOf({ key, secret }: Pick<TokenWish, 'key' | 'secret'>, id: string): Session {
  const wish = (role: SessionRole, connectionData: string, expiration: number): TokenWish => {
    checkToken(role, connectionData, expiration)
    const createdAt = Math.floor(Date.now() / 1000)
    return {
      key,
      secret,
      sessionId: id,
      role,
      connectionData,
      createdAt,
      expiresAt: createdAt + Math.floor(expiration),
    }
  }
  return {
    id,
    token(role = 'publisher', connectionData = '', expiration = Hours24) {
      return makeTokens(wish(role, connectionData, expiration), 1)[0]!
    },
    async tokens(n, options = {}) {
      const { parallel = false, role = 'publisher', connectionData = '', expiration = Hours24 } = options
      if (!Number.isInteger(n) || n < 0 || n > MOST_TOKENS) throw new TypeError(`n must be from 0 to ${MOST_TOKENS}`)
      return makeTokensInThreads(wish(role, connectionData, expiration), n, parallel)
    },
  }
}
