import type { App } from '@carillon/contract'
import { Refusal } from '@carillon/request'
import { badToken, type Grant, grantOf } from './grant.ts'
import { readJwt } from './jwt.ts'
import { isT1, readT1 } from './t1.ts'

/** Characters: many times what the longest token takes. */
const LONGEST_TOKEN = 16_384

/**
 * Checks a client's token, made by an application with a secret of its app: `T1==…` or a JWT. Whether its session
 * exists is not looked at.
 * @param now Unix seconds
 */
export async function verifyToken(app: App, token: string, now: number): Promise<Grant | Refusal> {
  try {
    if (token.length > LONGEST_TOKEN) throw badToken(`it is longer than ${LONGEST_TOKEN} characters`)
    return grantOf(app.key, isT1(token) ? readT1(app, token) : await readJwt(app, token), now)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
