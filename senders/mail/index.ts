import { defineSender, type Outcome, type Push, type SenderDefinition } from '@carillon/contract'
import { createTemplates } from '@carillon/template'
import { parseAddress } from './address.ts'
import { attachmentLoader } from './attachments.ts'
import { contentRenderer, createComposer, type GiveUp, type Prepare, preparer } from './compose.ts'
import { type MailData, mailData, storedMail } from './data.ts'
import { mailOptions } from './options.ts'
import type { Email, EmailTransport } from './transport.ts'
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
    templateData: (partials) => mailData(templates, { partials }),
    mostData: MOST_DATA,
    maxBatch: MAX_BATCH,
    sendsTo: 'email',
    preview: contentRenderer(templates),
    async create(options, context) {
      const found = await transportsFor(options, context)
      if ('missing' in found) return found
      const { transport, from, outbox, transports } = found
      const { downloads, areSuppressed } = context
      const compose = createComposer({ templates, from, unsubscribeMailto: options.unsubscribeMailto })
      const prepare = preparer({ compose, load: attachmentLoader(downloads), areSuppressed })
      return {
        data: storedMail(templates),
        address: ({ pusher }) => parseAddress(pusher.email)?.address ?? pusher.email,
        async send(push) {
          const prepared = await prepare(push)
          return 'giveUp' in prepared ? prepared : transport.send(prepared, push.signal)
        },
        ...(transport.sendMany && { sendBatch: sendBatch(prepare, transport.sendMany) }),
        ...(transport.close && { close: transport.close }),
        ...(outbox !== undefined && { outbox }),
        ...(transports && { transports }),
      }
    },
  })
}

export default mailSender()

/** The sender's `sendBatch`, over a transport that sends many. */
function sendBatch(prepare: Prepare, sendMany: NonNullable<EmailTransport['sendMany']>) {
  return async (pushes: Push<MailData>[]): Promise<(Outcome | Error)[]> => {
    const prepared = await Promise.all(pushes.map((push) => attempt(prepare, push)))
    const emails = prepared.filter(isEmail)
    const signal = anyOf(new Set(pushes.map((push) => push.signal)))
    const sent = emails.length > 0 ? await sendMany(emails, signal) : []
    const results = sent.values()
    return prepared.map((each) => (isEmail(each) ? results.next().value : each))
  }
}

/** Those of one call mostly share theirs, and a signal costs more than a mail. */
function anyOf(signals: Set<AbortSignal>): AbortSignal {
  const [only] = signals
  return only && signals.size === 1 ? only : AbortSignal.any([...signals])
}

async function attempt(prepare: Prepare, push: Push<MailData>): Promise<Email | GiveUp | Error> {
  try {
    return await prepare(push)
  } catch (error) {
    return error as Error
  }
}

function isEmail(prepared: Email | GiveUp | Error): prepared is Email {
  return 'pushId' in prepared
}
