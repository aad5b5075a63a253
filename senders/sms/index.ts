import { comparableAddress } from '@carillon/addresses'
import { type SenderDefinition, defineSender } from '@carillon/contract'
import { createTemplates } from '@carillon/template'
import { createComposer, renderSms } from './compose.ts'
import { numberOf, smsData, smsTemplate, storedSms } from './data.ts'
import { smsOptions } from './options.ts'
import { transportsFor } from './transports.ts'

/** `sendsms`: texts through Twilio, approved templates through Aliyun, either into the outbox where there is one. */
export function smsSender(): SenderDefinition {
  const templates = createTemplates()
  return defineSender({
    name: 'sendsms',
    options: smsOptions,
    data: smsData(templates),
    templateData: (partials) => smsTemplate(templates, { partials }),
    sendsTo: 'phoneNumber',
    preview(push) {
      const { kind: _kind, ...parts } = renderSms(templates, push)
      return parts
    },
    async create(options, context) {
      const transports = await transportsFor(options, context)
      if ('missing' in transports) return transports
      const { phoneCountry } = options
      const { outbox, names } = transports
      const compose = createComposer({ templates, phoneCountry })
      return {
        data: storedSms(templates),
        ...(outbox !== undefined && { outbox }),
        ...(names.length > 0 && { transports: names }),
        address: ({ pusher, data }) => comparableAddress(numberOf(data) || pusher.phoneNumber, phoneCountry),
        async send(push) {
          push.signal.throwIfAborted()
          const sms = compose(push)
          if ('giveUp' in sms) return sms
          return sms.kind === 'text' ? transports.text(sms, push) : transports.template(sms, push)
        },
      }
    },
  })
}

export default smsSender()
