import { type SenderDefinition, defineSender } from '@carillon/contract'
import { createTemplates } from '@carillon/template'
import { parseAddress } from './address.ts'
import { attachmentLoader } from './attachments.ts'
import { createComposer } from './compose.ts'
import { mailData, storedMail } from './data.ts'
import { mailOptions } from './options.ts'
import { preparer } from './prepare.ts'
import { sendTogether } from './together.ts'
import { transportsFor } from './transports.ts'

/** Characters: attachments of 10 MB in base64, and a text. */
const MOST_DATA = 15 * 1024 * 1024
/** Recipients of one call of SendGrid's API. */
const MAX_BATCH = 1000

/** `sendmail`: a mail to each pusher that has an email, by the transports that are configured, in order. */
export function mailSender(): SenderDefinition {
  const templates = createTemplates()
  return defineSender({
    name: 'sendmail',
    options: mailOptions,
    data: mailData(templates),
    mostData: MOST_DATA,
    maxBatch: MAX_BATCH,
    async create(options, { log, outbox, downloads, areSuppressed }) {
      const found = await transportsFor(options, log, outbox)
      if ('missing' in found) return found
      const { transport, from } = found
      const compose = createComposer({ templates, from })
      const prepare = preparer({ compose, load: attachmentLoader(downloads), areSuppressed })
      return {
        data: storedMail(templates),
        address: ({ pusher }) => parseAddress(pusher.email)?.address ?? pusher.email,
        async send(push) {
          const prepared = await prepare(push)
          return 'giveUp' in prepared ? prepared : transport.send(prepared, push.signal)
        },
        ...(transport.sendMany && { sendBatch: sendTogether(prepare, transport.sendMany) }),
        ...(transport.close && { close: transport.close }),
      }
    },
  })
}

export default mailSender()
