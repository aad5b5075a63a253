import type { DeliveryReport, ReportEventName } from '@carillon/contract'
import { idText, reasonText, suppression } from './report-text.ts'

type Parameters = Record<string, string | undefined>

/** Of `MessageStatus`; what it says on the way there is passed over. */
const EVENTS: Record<string, ReportEventName> = {
  delivered: 'delivered',
  read: 'opened',
  undelivered: 'bounced',
  failed: 'bounced',
}

/** Error codes after which no later sms will arrive: https://www.twilio.com/docs/api/errors */
const SUPPRESSING: Record<string, string> = {
  21610: 'unsubscribed', // answered STOP
  30005: 'hard bounce', // the number is unknown, or no more
  30006: 'hard bounce', // a landline, or a carrier that takes no sms
}

/** What a status callback says about a push of ours; null when that is nothing. */
export function readTwilioStatus(query: Parameters, form: Parameters): DeliveryReport | null {
  const { push_app: app = '', push_id: push = '' } = query
  const { MessageStatus: status = '', MessageSid: sid = '', ErrorCode: code = '', To: to = '' } = form
  const event = Object.hasOwn(EVENTS, status) ? EVENTS[status] : undefined
  if (!event || !/^\d{1,9}$/.test(app) || sid === '') return null
  const suppress = event === 'bounced' && Object.hasOwn(SUPPRESSING, code) ? SUPPRESSING[code] : undefined
  const messageId = idText(sid)
  return {
    app: Number(app),
    push,
    event,
    id: `${messageId} ${status}`,
    time: null,
    messageId,
    reason: event === 'bounced' ? reasonOf(status, code, form['ErrorMessage']) : null,
    suppress: suppression(to, suppress),
  }
}

function reasonOf(status: string, code: string, message: string | undefined): string | null {
  const what = code === '' ? `Twilio: ${status}` : `Twilio ${code}: ${status}`
  return reasonText(message ? `${what}, ${message}` : what)
}
