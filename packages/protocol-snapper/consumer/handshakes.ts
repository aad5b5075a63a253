import type { IncomingMessage } from 'node:http'
import { errorCode, mayConnectFrom } from '@carillon/contract'
import { isName, LONGEST_USER } from '../limits.ts'
import type { SnapperDeps } from '../deps.ts'
import { type Bearer, consumerId, TokenError, type Verified } from '../token.ts'
import type { AdmittedConsumer } from './consumer.ts'

/** A consumer's id names its user in these characters. */
const USER_PART = [2, 18] as const

/** Finds out whose requests these are. A session's id can be guessed, so each of its requests brings the token too. */
export class Handshakes {
  readonly #deps: SnapperDeps
  readonly #admitted = new WeakMap<IncomingMessage, AdmittedConsumer>()

  constructor(deps: SnapperDeps) {
    this.#deps = deps
  }

  /**
   * @returns the app whose consumer it is
   * @throws TokenError for a token that is no consumer's; then the request names no session either
   */
  async look(request: IncomingMessage): Promise<number> {
    const asked = new URL(request.url ?? '', 'http://localhost').searchParams
    const [sid, token] = [asked.get('sid') ?? undefined, asked.get('token') ?? undefined]
    const session = sid !== undefined && this.#deps.live.withId(sid).find((consumer) => consumer.token === token)
    if (session) return session.key.app
    const { url } = request
    asked.delete('sid')
    request.url = `/websocket/?${asked.toString()}`
    const { app, claims } = await this.#deps.tokens.verify(token, 'Snapper consumer')
    if (!mayConnectFrom(app, request.headers.origin)) throw new TokenError('Invalid origin')
    const bearer = bearerOf(claims)
    const id = consumerId(bearer)
    // A session that has ended: engine.io says so.
    if (sid === id) request.url = url
    else this.#admitted.set(request, { app, bearer, token: token ?? '', port: request.socket.localPort ?? 0 })
    void this.#abandon(app.id, sid ?? cookieOf(request), id)
    return app.id
  }

  /** @throws TokenError for a request that was not let in */
  admitted(request: IncomingMessage): AdmittedConsumer {
    const admitted = this.#admitted.get(request)
    if (!admitted) throw new TokenError('Invalid signature')
    return admitted
  }

  /** Of the same user alone: anybody may name anybody's. */
  async #abandon(app: number, previous: string | undefined, id: string): Promise<void> {
    if (previous === undefined || previous === id) return
    if (previous.slice(...USER_PART) !== id.slice(...USER_PART)) return
    await this.#deps.queues.abandon({ app, id: previous }).catch((error: unknown) => {
      this.#deps.log.warn({ code: errorCode(error) }, 'the queue of an earlier consumer could not be shortened')
    })
  }
}

function bearerOf({ userId: user, exp, source }: Verified['claims']): Bearer {
  if (!isName(user, LONGEST_USER)) throw new TokenError('Invalid userId')
  return { user, exp, source }
}

function cookieOf({ headers: { cookie = '' } }: IncomingMessage): string | undefined {
  return /(?:^|;\s*)snapper\.ws=([^;]*)/.exec(cookie)?.[1]
}
