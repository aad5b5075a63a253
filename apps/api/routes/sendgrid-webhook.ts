import type { Handler } from 'hono'
import { CarillonError } from '@carillon/contract'
import { readBody } from '../body.ts'
import { parseJsonArray } from '../json.ts'
import type { ApiEnv, ApiParts } from '../parts.ts'
import { readSendgridEvents } from '../providers/sendgrid-events.ts'
import { sendgridVerifier } from '../providers/sendgrid-signature.ts'

/** SendGrid's event webhook: answered once its events are committed, since SendGrid sends them again until then. */
export function sendgridWebhook({ providers, reports }: ApiParts): Handler<ApiEnv> {
  const verify = providers?.sendgridWebhookKey ? sendgridVerifier(providers.sendgridWebhookKey) : notConfigured
  return async (c) => {
    const body = await readBody(c)
    verify((name) => c.req.header(name), body, Date.now() / 1000)
    await reports.record(readSendgridEvents(parseJsonArray(Buffer.from(body).toString())))
    return c.json({ result: 'OK' })
  }
}

function notConfigured(): never {
  throw new CarillonError(
    'not_found',
    'This server does not accept events of SendGrid: set SENDGRID_WEBHOOK_KEY to the verification key of its signed event webhook.',
  )
}
