import type { IncomingMessage } from 'node:http'
import { errorCode } from '@carillon/contract'
import { isName, LONGEST_USER } from '../limits.ts'
import type { SnapperParts } from '../parts.ts'
import { TokenError, type Verified } from '../token.ts'
import type { Admitted } from './consumer.ts'
import { type Bearer, consumerId } from './consumer-id.ts'

/** As engine.io reads it, if it is there already. */
type Asking = IncomingMessage & { _query?: Record<string, string> }

/** A consumer's id names its user in these characters. */
const USER_PART = [2, 18] as const

/** Finds out whose requests these are. A session's id can be guessed, so each of its requests brings the token too. */
export class Handshakes {
  readonly #parts: SnapperParts
  readonly #admitted = new WeakMap<IncomingMessage, Admitted>()

  constructor(parts: SnapperParts) {
    this.#parts = parts
  }

  /**
   * @returns the app whose consumer it is
   * @throws TokenError for a token that is no consumer's; then the request names no session either
   */
  async look(request: Asking): Promise<number> {
    const query = Object.fromEntries(new URL(request.url ?? '', 'http://localhost').searchParams)
    request._query = query
    const { sid, token } = query
    const session = sid !== undefined && this.#parts.live.withId(sid).find((consumer) => consumer.token === token)
    if (session) return session.key.app
    delete query.sid
    const verified = await this.#parts.tokens.verify(token)
    const bearer = bearerOf(verified)
    const id = consumerId(bearer)
    // A session that has ended: engine.io says so.
    if (sid === id) query.sid = sid
    else this.#admitted.set(request, this.#admit(request, verified, bearer))
    void this.#abandon(verified.app.id, sid ?? cookieOf(request), id)
    return verified.app.id
  }

  /** @throws TokenError for a request that was not let in */
  admitted(request: IncomingMessage): Admitted {
    const admitted = this.#admitted.get(request)
    if (!admitted) throw new TokenError('Invalid signature')
    return admitted
  }

  #admit(request: IncomingMessage, { app }: Verified, bearer: Bearer): Admitted {
    const token = (request as Asking)._query?.token ?? ''
    return { app, bearer, token, port: request.socket.localPort ?? 0 }
  }

  /** Of the same user alone: anybody may name anybody's. */
  async #abandon(app: number, previous: string | undefined, id: string): Promise<void> {
    if (previous === undefined || previous === id) return
    if (previous.slice(...USER_PART) !== id.slice(...USER_PART)) return
    await this.#parts.queues.abandon({ app, id: previous }).catch((error: unknown) => {
      this.#parts.log.warn({ code: errorCode(error) }, 'the queue of a former consumer could not be cut short')
    })
  }
}

function bearerOf({ claims }: Verified): Bearer {
  const { userId: user, exp, source } = claims
  if (!isName(user, LONGEST_USER)) throw new TokenError('Invalid userId')
  return { user, exp, source }
}

function cookieOf({ headers: { cookie = '' } }: IncomingMessage): string | undefined {
  return /(?:^|;\s*)snapper\.ws=([^;]*)/.exec(cookie)?.[1]
}
