import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { emptyIsAbsent, errorCode, optionalUrl } from '@carillon/contract'
import * as z from 'zod'
import type { ApnsOptions } from './apns.ts'

/** `APNS_KEY`: the key that Apple gives as a `.p8` file, as its path or as PEM, in which `\n` may stand for a line break. */
const apnsKey = z.string().transform((text, context): KeyObject => {
  const complain = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  let pem = text.replaceAll('\\n', '\n')
  try {
    if (!pem.includes('-----BEGIN')) pem = readFileSync(text, 'utf8')
  } catch (error) {
    // What does not look like the name of a file may be the key.
    return complain(`names a file that cannot be read: ${errorCode(error)}${text.endsWith('.p8') ? ` ${text}` : ''}`)
  }
  return keyIn(pem) ?? complain('must be the private key that Apple gives as a .p8 file, or the path of that file')
})

/** ES256 takes nothing but keys on the curve P-256. */
function keyIn(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined
  } catch {
    return undefined
  }
}

const APNS = 'https://api.push.apple.com'
const SANDBOX = 'https://api.sandbox.push.apple.com'

/** The variables that belong together: all of them or none. */
const REQUIRED = ['APNS_KEY', 'APNS_KEY_ID', 'APNS_TEAM_ID'] as const

/** Apple's ids have ten characters; anything else is a mistake, such as the name of the key. */
const appleId = emptyIsAbsent(z.string().regex(/^[A-Z0-9]{10}$/, 'must have 10 letters and digits'))

/** Environment in; out `apns`, undefined where it is not configured. */
export const apnsOptions = z
  .object({
    APNS_KEY: emptyIsAbsent(apnsKey),
    APNS_KEY_ID: appleId,
    APNS_TEAM_ID: appleId,
    APNS_TOPIC: emptyIsAbsent(z.string()),
    APNS_BASE_URL: optionalUrl,
    APNS_SANDBOX_BASE_URL: optionalUrl,
  })
  .superRefine((env, context) => {
    if (REQUIRED.every((name) => env[name] === undefined)) return
    for (const name of REQUIRED) {
      const message = `is also required: set all of ${REQUIRED.join(', ')}`
      if (env[name] === undefined) context.addIssue({ code: 'custom', path: [name], message })
    }
  })
  .transform(({ APNS_KEY: key, APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_TOPIC: topic = '', ...urls }) => {
    const baseUrls = { production: urls.APNS_BASE_URL ?? APNS, sandbox: urls.APNS_SANDBOX_BASE_URL ?? SANDBOX }
    const apns: ApnsOptions | undefined = key && keyId && teamId ? { key, keyId, teamId, topic, baseUrls } : undefined
    return { apns }
  })
