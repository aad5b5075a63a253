import { type SenderDefinition, defineSender } from '@carillon/contract'
import { createTemplates } from '@carillon/template'
import { createComposer } from './compose.ts'
import { mailData } from './data.ts'
import { mailOptions } from './options.ts'
import { sendTogether } from './together.ts'
import { transportsFor } from './transports.ts'

/** `sendmail`: a mail to each pusher that has an email, by the transports that are configured, in order. */
export function mailSender(): SenderDefinition {
  const templates = createTemplates()
  return defineSender({
    name: 'sendmail',
    options: mailOptions,
    data: mailData(templates),
    async create(options, { log, outbox }) {
      const found = await transportsFor(options, log, outbox)
      if ('missing' in found) return found
      const { transport, from } = found
      const compose = createComposer({ templates, from })
      return {
        address: ({ pusher }) => pusher.email,
        async send(push) {
          const composed = compose(push)
          return 'giveUp' in composed ? composed : transport.send(composed, push.signal)
        },
        ...(transport.sendMany && { sendBatch: sendTogether(compose, transport.sendMany) }),
        ...(transport.close && { close: transport.close }),
      }
    },
  })
}

export default mailSender()
