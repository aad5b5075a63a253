import { type App, CarillonError, foreignClaim, identifier, LONGEST_USER_TOKEN_S } from '@carillon/contract'
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'

/** Whom a user token speaks for. */
export interface UserGrant {
  app: App
  /** Id of a pusher, which need not exist. */
  user: string
  scope: readonly unknown[]
}

/** Unix seconds of the year 5138. */
const MILLISECONDS = 1e11

/** Clocks of others may be this far ahead, in seconds. */
const SKEW_S = 600

/**
 * Checks a user token: a JWT that a secret of the app has signed with HS256, as `signUserToken` makes it.
 * @param findApp finds an app by its key
 * @throws CarillonError `unauthorized` with what is wrong, `forbidden` when the app is disabled
 */
export async function verifyUserToken(
  token: string,
  findApp: (key: string) => Promise<App | null>,
): Promise<UserGrant> {
  const app = await findApp(keyOf(token))
  if (!app) throw refused('its kid is not the key of an app')
  const claims = await signedClaims(app, token)
  if (!app.enabled) throw new CarillonError('forbidden', 'This app is disabled.')
  const foreign = foreignClaim('user', claims)
  if (foreign !== undefined) throw refused(`its claim ${foreign} shows that it is for something else`)
  if (Number(claims.exp) > MILLISECONDS) throw refused('its exp is in milliseconds, and must be in seconds')
  if (Number(claims.exp) > Date.now() / 1000 + LONGEST_USER_TOKEN_S + SKEW_S)
    throw refused('it is valid for more than 24 hours')
  const user = identifier.safeParse(claims.sub)
  if (!user.success) throw refused('its sub is not the id of a pusher')
  const { scope } = claims
  if (!Array.isArray(scope)) throw refused('its scope is not a list')
  return { app, user: user.data, scope }
}

function keyOf(token: string): string {
  const { alg, kid } = headOf(token)
  if (alg !== 'HS256') throw refused('its alg is not HS256')
  if (typeof kid !== 'string') throw refused('its header does not name the key of the app as kid')
  return kid
}

function headOf(token: string): ReturnType<typeof decodeProtectedHeader> {
  try {
    return decodeProtectedHeader(token)
  } catch {
    throw refused('it is not a JWT')
  }
}

async function signedClaims({ secrets }: App, token: string): Promise<JWTPayload> {
  for (const { secret } of secrets) {
    const claims = await verified(token, secret)
    if (claims) return claims
  }
  throw refused('no secret of its app has signed it')
}

/** @returns null when another secret signed it */
async function verified(token: string, secret: string): Promise<JWTPayload | null> {
  try {
    return (await jwtVerify(token, Buffer.from(secret), { algorithms: ['HS256'], requiredClaims: ['exp'] })).payload
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return null
    if (error instanceof errors.JWTExpired) throw refused('it has expired')
    if (error instanceof errors.JWTClaimValidationFailed) throw refused(claimFault(error))
    throw refused('it is not a JWT')
  }
}

function claimFault({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'nbf' && reason === 'check_failed') return 'its nbf is in the future, so it is not valid yet'
  return `its ${claim} is missing or invalid`
}

function refused(why: string): CarillonError {
  return new CarillonError('unauthorized', `This user token is not accepted: ${why}.`)
}
