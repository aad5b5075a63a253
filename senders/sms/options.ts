import { emptyIsAbsent } from '@carillon/contract'
import * as z from 'zod'

export interface TwilioOptions {
  accountSid: string
  authToken: string
  /** A phone number, or the id of a messaging service (`MG…`). */
  from: string
  baseUrl: string | undefined
  /** Where the outside world reaches the API, which takes the callbacks; undefined: no callbacks. */
  publicUrl: string | undefined
}

export interface AliyunOptions {
  accessKeyId: string
  accessKeySecret: string
  baseUrl: string | undefined
}

/** The variables that belong together, provider by provider: all of them or none. */
export const REQUIRED = {
  twilio: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'],
  aliyun: ['ALIYUN_ACCESS_KEY_ID', 'ALIYUN_ACCESS_KEY_SECRET'],
} as const

const text = emptyIsAbsent(z.string())
const url = emptyIsAbsent(z.url({ protocol: /^https?$/, error: 'must be an http or https address' }))

const variables = z.object({
  TWILIO_ACCOUNT_SID: emptyIsAbsent(z.string().regex(/^AC/, 'must start with AC')),
  TWILIO_AUTH_TOKEN: text,
  TWILIO_FROM: text,
  TWILIO_BASE_URL: url,
  PUBLIC_URL: url,
  ALIYUN_ACCESS_KEY_ID: text,
  ALIYUN_ACCESS_KEY_SECRET: text,
  ALIYUN_BASE_URL: url.refine(hasNoPath, 'must not have a path'),
  PHONE_COUNTRY: text,
})
type Variables = z.infer<typeof variables>

/** Environment in; out `{twilio, aliyun, phoneCountry}`, each undefined where nothing of it is set. A provider that is set in part is refused. */
export const smsOptions = variables
  .superRefine((env, context) => {
    for (const names of Object.values(REQUIRED)) {
      if (!names.some((name) => env[name])) continue
      for (const name of names) {
        if (!env[name])
          context.addIssue({
            code: 'custom',
            path: [name],
            message: `is also required: set all of ${names.join(', ')}`,
          })
      }
    }
  })
  .transform((env) => ({ twilio: twilioOptions(env), aliyun: aliyunOptions(env), phoneCountry: env.PHONE_COUNTRY }))
export type SmsOptions = z.infer<typeof smsOptions>

function twilioOptions(env: Variables): TwilioOptions | undefined {
  const {
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_FROM: from,
    TWILIO_BASE_URL: baseUrl,
    PUBLIC_URL: publicUrl,
  } = env
  return accountSid && authToken && from ? { accountSid, authToken, from, baseUrl, publicUrl } : undefined
}

function aliyunOptions(env: Variables): AliyunOptions | undefined {
  const { ALIYUN_ACCESS_KEY_ID: accessKeyId, ALIYUN_ACCESS_KEY_SECRET: accessKeySecret, ALIYUN_BASE_URL: baseUrl } = env
  return accessKeyId && accessKeySecret ? { accessKeyId, accessKeySecret, baseUrl } : undefined
}

/** Aliyun's library takes a host only. */
function hasNoPath(address: string | undefined): boolean {
  return address === undefined || new URL(address).pathname === '/'
}
