import { type App, type AppDirectory, foreignClaim, sameSignature } from '@carillon/contract'
import { decodeJwt } from 'jose'
import { Refusal } from '@carillon/request'
import { signedClaims } from '../token/jwt.ts'

const DAY_S = 86_400
/** Seconds that a request's JWT may still live: two days, and a bit for clocks that differ. */
const LONGEST_LIFE_S = 2 * DAY_S + 600

/**
 * Knows an application's server by `X-OPENTOK-AUTH: <JWT>`, or by `X-TB-PARTNER-AUTH: key:secret` as older ones send.
 * @throws Refusal 403
 */
export async function authenticate(apps: AppDirectory, headers: Headers): Promise<App> {
  const token = headers.get('x-opentok-auth')
  const pair = headers.get('x-tb-partner-auth')
  if (token === null && pair === null)
    throw new Refusal(403, 'X-OPENTOK-AUTH must be a JWT that a secret of the app signed.')
  const app = token === null ? await byPair(apps, pair ?? '') : await byJwt(apps, token)
  if (!app.enabled) throw new Refusal(403, 'This app is disabled.')
  return app
}

async function byPair(apps: AppDirectory, pair: string): Promise<App> {
  const cut = pair.indexOf(':')
  const app = await apps.byKey(pair.slice(0, cut))
  const isRight = app?.secrets.some(({ secret }) => sameSignature(pair.slice(cut + 1), secret))
  if (!app || !isRight) throw new Refusal(403, 'X-TB-PARTNER-AUTH must be the key of an app, a colon and its secret.')
  return app
}

async function byJwt(apps: AppDirectory, token: string): Promise<App> {
  const key = keyIn(token)
  const app = key === undefined ? null : await apps.byKey(key)
  const claims = app && (await signedClaims(app, token))
  if (!claims)
    throw new Refusal(
      403,
      'X-OPENTOK-AUTH is not a JWT that a secret of the app signed with HS256, with its key as iss and ist "project".',
    )
  if (foreignClaim('session project', claims) !== undefined)
    throw new Refusal(403, 'X-OPENTOK-AUTH is a token for clients.')
  checkExpiry(claims.exp)
  return app
}

/** The key that a token names; undefined where there is none, or a NUL, which Postgres cannot look up. */
function keyIn(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token)
    return typeof iss === 'string' && !iss.includes('\0') ? iss : undefined
  } catch {
    return undefined
  }
}

function checkExpiry(exp: unknown): void {
  const left = Number(exp) - Date.now() / 1000
  if (typeof exp === 'number' && left > 0 && left <= LONGEST_LIFE_S) return
  throw new Refusal(403, 'The JWT in X-OPENTOK-AUTH must have an exp in the future, at most two days ahead.')
}
