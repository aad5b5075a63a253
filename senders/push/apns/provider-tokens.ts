import type { KeyObject } from 'node:crypto'
import { singleFlight } from '@carillon/async'
import type { SharedValues } from '@carillon/contract'
import { decodeJwt, SignJWT } from 'jose'

export interface ApnsKey {
  key: KeyObject
  keyId: string
  teamId: string
}

/** The JWTs by which APNs knows the provider. */
export interface ProviderTokens {
  get(): Promise<string>
  /**
   * Another one, since APNs says that this one has expired. Undefined if it is too young to be replaced: then a clock is
   * wrong.
   */
  renew(expired: string): Promise<string | undefined>
}

/**
 * Apple takes a token for 20 to 60 minutes, and refuses providers that make new ones more often:
 * https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 */
const RENEWED_AFTER_S = 40 * 60
const LEAST_AGE_S = 20 * 60
/** For so long a worker keeps what all share. */
const KEPT_MS = 60_000

/** All workers share one token, since those behind one address would otherwise make too many. */
export function providerTokens({ key, keyId, teamId }: ApnsKey, shared: SharedValues): ProviderTokens {
  const name = `apns ${teamId} ${keyId}`
  let kept: { token: string; until: number } | undefined
  const make = () =>
    new SignJWT().setProtectedHeader({ alg: 'ES256', kid: keyId }).setIssuer(teamId).setIssuedAt().sign(key)
  const read = singleFlight(async () => {
    const token = await shared.get(name, RENEWED_AFTER_S, make)
    kept = { token, until: performance.now() + KEPT_MS }
    return token
  })
  const replace = singleFlight(async (expired: string) => {
    await shared.drop(name, expired)
    return read()
  })
  return {
    get: async () => (kept && performance.now() < kept.until ? kept.token : read()),
    async renew(expired) {
      if (kept && kept.token !== expired) return kept.token
      return ageOf(expired) < LEAST_AGE_S ? undefined : replace(expired)
    },
  }
}

/** Seconds. */
function ageOf(token: string): number {
  return Date.now() / 1000 - (decodeJwt(token).iat ?? 0)
}
