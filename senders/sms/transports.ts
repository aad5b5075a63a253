import type { NotConfigured, Outbox, Push, SenderContext } from '@carillon/contract'
import { failover } from '@carillon/outgoing'
import { REQUIRED, type SmsOptions } from './options.ts'
import type { Sms, TemplateSms, TextSms, SmsTransport } from './transport.ts'

export interface SmsTransports {
  text: SmsTransport<TextSms>
  template: SmsTransport<TemplateSms>
  /** Names of the providers. */
  names: string[]
  /** What to set, if neither is sent by a provider. */
  outbox?: string
}

type TransportContext = Pick<SenderContext, 'log' | 'outbox' | 'watchBreaker'>

const TWILIO = 'Twilio'
const ALIYUN = 'Aliyun'

/** Seconds that a push waits for its provider's credentials before it is looked at again. */
const WITHOUT_CREDENTIALS_S = 300

/**
 * A provider for each kind of sms. The libraries take most of a second to load, so only those
 * that are needed are. The outbox is used where there is no provider.
 */
export async function transportsFor(
  { twilio, aliyun }: SmsOptions,
  context: TransportContext,
): Promise<SmsTransports | NotConfigured> {
  const { outbox } = context
  if (!twilio && !aliyun && outbox === undefined) return { missing: MISSING }
  const otherwise = (names: readonly string[]) => (outbox === undefined ? waiting(names) : outboxTransport(outbox))
  return {
    text: twilio
      ? guarded(TWILIO, (await import('./twilio.ts')).twilioTransport(twilio), context)
      : otherwise(REQUIRED.twilio),
    template: aliyun
      ? guarded(ALIYUN, (await import('./aliyun.ts')).aliyunTransport(aliyun), context)
      : otherwise(REQUIRED.aliyun),
    names: [...(twilio ? [TWILIO] : []), ...(aliyun ? [ALIYUN] : [])],
    ...(!twilio && !aliyun && { outbox: MISSING }),
  }
}

/** With a breaker of its own. There is no other to fail over to: the two take different data. */
function guarded<Kind extends Sms>(
  name: string,
  send: SmsTransport<Kind>,
  context: TransportContext,
): SmsTransport<Kind> {
  const alone = failover([{ name, send: ({ sms, push }: { sms: Kind; push: Push }) => send(sms, push) }], context)
  return (sms, push) => alone.send({ sms, push }, push.signal)
}

const MISSING = `set ${REQUIRED.twilio.join(', ')} (for texts) or ${REQUIRED.aliyun.join(', ')} (for templates)`

/** Credentials that the operator forgot are no fault of the push: it waits for them as long as its ttl lasts. */
function waiting(names: readonly string[]): SmsTransport<Sms> {
  return async () => ({ later: WITHOUT_CREDENTIALS_S, reason: `waits for a worker with ${names.join(', ')}` })
}

/** Writes each sms to the outbox, as a `.json` file. */
function outboxTransport(outbox: Outbox): SmsTransport<Sms> {
  return async (sms, { id, pusher, attempt }) => {
    const content = JSON.stringify({ ...sms, push: id, pusher: pusher.id, attempt }, null, 2)
    return { done: true, messageId: await outbox.write(id, 'json', `${content}\n`) }
  }
}
