import type { NotConfigured, Outbox } from '@carillon/contract'
import { REQUIRED, type SmsOptions } from './options.ts'
import { outboxTransport } from './outbox.ts'
import type { Sms, TemplateSms, TextSms, Transport } from './transport.ts'

export interface Transports {
  text: Transport<TextSms>
  template: Transport<TemplateSms>
}

/** Seconds that a push waits for its provider's credentials before it is looked at again. */
const WITHOUT_CREDENTIALS_S = 300

/**
 * A provider for each kind of sms. The libraries take most of a second to load, so only those
 * that are needed are.
 * @param outbox used where there is no provider
 */
export async function transportsFor(
  { twilio, aliyun }: SmsOptions,
  outbox?: Outbox,
): Promise<Transports | NotConfigured> {
  if (!twilio && !aliyun && outbox === undefined) return { missing: MISSING }
  const otherwise = (names: readonly string[]) => (outbox === undefined ? waiting(names) : outboxTransport(outbox))
  return {
    text: twilio ? (await import('./twilio.ts')).twilioTransport(twilio) : otherwise(REQUIRED.twilio),
    template: aliyun ? (await import('./aliyun.ts')).aliyunTransport(aliyun) : otherwise(REQUIRED.aliyun),
  }
}

const MISSING = `set ${REQUIRED.twilio.join(', ')} (for texts) or ${REQUIRED.aliyun.join(', ')} (for templates)`

/** Credentials that the operator forgot are no fault of the push: it waits for them as long as its ttl lasts. */
function waiting(names: readonly string[]): Transport<Sms> {
  return async () => ({ later: WITHOUT_CREDENTIALS_S, reason: `waits for a worker that has ${names.join(', ')}` })
}
