import type { DeliveryReport, ReportEventName } from '@carillon/contract'
import { subjectOfReport } from '@carillon/sender-mail/smtp-reply'
import * as z from 'zod'
import { idText, reasonText, suppression } from './report-text.ts'

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

function isOfAddress({ reason = '', bounce_classification: kind = '' }: SendgridEvent): boolean {
  return !NOT_THE_ADDRESS.has(kind.toLowerCase()) && (reason === '' || subjectOfReport(reason) === 'recipient')
}

/** What SendGrid's events say about our pushes; others', and those that say nothing of the kind, are passed over. */
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

/** A mail is opened whenever somebody looks at it; the first time is told. */
function eventId({ sg_event_id: id }: SendgridEvent, { event }: Meaning): string {
  return event === 'opened' ? 'opened' : (idText(id) ?? '')
}
