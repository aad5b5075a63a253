import { createPublicKey, verify } from 'node:crypto'
import { CarillonError, type DeliveryReport, type ReportEventName } from '@carillon/contract'
import { subjectOfReport } from '@carillon/sender-mail/smtp-reply'
import type { Handler } from 'hono'
import * as z from 'zod'
import { parseJsonArray, readBody } from '../receive.ts'
import type { ApiDeps } from '../deps.ts'
import type { ApiEnv } from '../receive.ts'
import { idText, reasonText, suppression } from './report-text.ts'

/**
 * Seconds. SendGrid tries an event again for a day, and does not say whether it signs it anew; one
 * that arrives twice is recorded once, so a replay does no harm.
 */
const OLDEST_S = 25 * 3600

const FAR_AHEAD_S = 600

/** The fields of an event that are read: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event */
const sendgridEvent = z.object({
  event: z.string(),
  email: z.string(),
  timestamp: z.number().positive().max(1e11).optional().catch(undefined),
  sg_event_id: z.string().min(1),
  sg_message_id: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  bounce_classification: z.string().optional().catch(undefined),
  push_app: z.string().regex(/^\d{1,9}$/),
  push_id: z.string(),
})

type SendgridEvent = z.infer<typeof sendgridEvent>

interface Meaning {
  event: ReportEventName
  /** Why the address is not to be sent to again. */
  suppress?: string
}

/** SendGrid drops what it has a reason of its own not to send; in the words of its reference. */
const DROPPED: Record<string, string> = {
  'bounced address': 'hard bounce',
  invalid: 'invalid address',
  'spam reporting address': 'complaint',
  'unsubscribed address': 'unsubscribed',
}

const MEANING: Record<string, (event: SendgridEvent) => Meaning> = {
  delivered: () => ({ event: 'delivered' }),
  open: () => ({ event: 'opened' }),
  // Its other type, blocked, is about the moment or the sender, not the address
  bounce: (event) => ({
    event: 'bounced',
    ...(event.type !== 'blocked' && isOfAddress(event) && { suppress: 'hard bounce' }),
  }),
  dropped: ({ reason = '' }) => {
    const suppress = DROPPED[reason.toLowerCase()]
    return { event: 'bounced', ...(suppress && { suppress }) }
  },
  spamreport: () => ({ event: 'complained', suppress: 'complaint' }),
  unsubscribe: () => ({ event: 'unsubscribed', suppress: 'unsubscribed' }),
}

/** SendGrid's classes of bounces that are about the sender or the message: nothing is wrong with the address. */
const NOT_THE_ADDRESS = new Set(['content', 'reputation', 'technical', 'frequency or volume too high'])

/** SendGrid's event webhook: answered once its events are committed, since SendGrid sends them again until then. */
export function sendgridWebhook({ providers, reports }: ApiDeps): Handler<ApiEnv> {
  const check = providers?.sendgridWebhookKey ? sendgridVerifier(providers.sendgridWebhookKey) : notConfigured
  return async (c) => {
    const body = await readBody(c)
    check((name) => c.req.header(name), body, Date.now() / 1000)
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

/** @throws CarillonError `invalid_request_time` or `invalid_request_signature`. */
type VerifySendgrid = (header: (name: string) => string | undefined, body: Uint8Array, now: number) => void

/**
 * Checks ECDSA (P-256, SHA-256) over the timestamp's text and the raw body:
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
function sendgridVerifier(base64: string): VerifySendgrid {
  const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
  return (header, body, now) => {
    const timestamp = header('x-twilio-email-event-webhook-timestamp') ?? ''
    const age = now - Number(timestamp)
    if (!/^\d{1,12}$/.test(timestamp) || age > OLDEST_S || age < -FAR_AHEAD_S)
      throw new CarillonError('invalid_request_time', 'Invalid X-Twilio-Email-Event-Webhook-Timestamp')
    const signature = Buffer.from(header('x-twilio-email-event-webhook-signature') ?? '', 'base64')
    if (!verify('sha256', Buffer.concat([Buffer.from(timestamp), body]), key, signature))
      throw new CarillonError('invalid_request_signature', 'Invalid X-Twilio-Email-Event-Webhook-Signature')
  }
}

/** The reports in SendGrid's events about our pushes. All other events are ignored. */
export function readSendgridEvents(events: unknown[]): DeliveryReport[] {
  return events.flatMap((one) => {
    const { data } = sendgridEvent.safeParse(one)
    return data ? toReport(data) : []
  })
}

function toReport(event: SendgridEvent): DeliveryReport[] {
  const meaning = Object.hasOwn(MEANING, event.event) ? MEANING[event.event]?.(event) : undefined
  if (!meaning) return []
  const { suppress } = meaning
  return [
    {
      app: Number(event.push_app),
      push: event.push_id,
      event: meaning.event,
      id: eventId(event, meaning),
      time: event.timestamp ?? null,
      messageId: idText(event.sg_message_id),
      reason: reasonText(event.reason),
      suppress: suppression(event.email, suppress),
    },
  ]
}

/** A mail is opened whenever somebody looks at it; only the first time is recorded. */
function eventId({ sg_event_id: id }: SendgridEvent, { event }: Meaning): string {
  return event === 'opened' ? 'opened' : (idText(id) ?? '')
}

function isOfAddress({ reason = '', bounce_classification: kind = '' }: SendgridEvent): boolean {
  return !NOT_THE_ADDRESS.has(kind.toLowerCase()) && (reason === '' || subjectOfReport(reason) === 'recipient')
}
