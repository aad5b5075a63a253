import type { Handler } from 'hono'
import { CarillonError } from '@carillon/contract'
import { decodeBody, readBody } from '../body.ts'
import { readParameters } from '../parameters.ts'
import type { ApiEnv, ApiParts } from '../parts.ts'
import { readTwilioStatus } from '../providers/twilio-status.ts'
import { twilioVerifier } from '../providers/twilio-signature.ts'
import { sentTarget } from '../target.ts'

/** Twilio's status callback; the push stands in the query, as the sender wrote it there. */
export function twilioWebhook({ providers, reports }: ApiParts): Handler<ApiEnv> {
  const { publicUrl, twilioAuthToken } = providers ?? {}
  const verify = publicUrl && twilioAuthToken ? twilioVerifier(publicUrl, twilioAuthToken) : notConfigured
  return async (c) => {
    const { query } = sentTarget(c)
    const form = readParameters('', decodeBody(c, await readBody(c)).text)
    await verify(c.req.header('x-twilio-signature') ?? '', query, form)
    const report = readTwilioStatus(readParameters(query, ''), form)
    if (report) await reports.record([report])
    return c.json({ result: 'OK' })
  }
}

function notConfigured(): never {
  throw new CarillonError(
    'not_found',
    'This server does not accept status callbacks of Twilio: set PUBLIC_URL and TWILIO_AUTH_TOKEN.',
  )
}
