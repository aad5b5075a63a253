import type { NotConfigured, Outbox, Sender, SenderContext } from '@carillon/contract'
import { failover } from '@carillon/outgoing'
import { createTransport } from 'nodemailer'
import type { EmailAddress } from './address.ts'
import { mimeOf } from './mime.ts'
import type { MailOptions } from './options.ts'
import { smtpTransport } from './smtp.ts'
import type { Email, EmailTransport } from './transport.ts'

const LOCAL_ADDRESS = 'carillon@localhost'

type Shown = Pick<Sender, 'outbox' | 'transports'>
type TransportContext = Pick<SenderContext, 'log' | 'outbox' | 'watchBreaker'>

/**
 * The providers, or the outbox where there is none.
 * @returns how to send, and from whom where a push does not say it
 */
export async function transportsFor(
  options: MailOptions,
  context: TransportContext,
): Promise<({ transport: Omit<EmailTransport, 'name'>; from: EmailAddress } & Shown) | NotConfigured> {
  const { from, fromName } = options
  const { outbox } = context
  const providers = await providersFor(options)
  if (providers.length > 0 && !from) return { missing: 'set MAIL_FROM, the address from which email is sent' }
  if (providers.length > 0 && from) {
    const transports = providers.map(({ name }) => name)
    return { transport: failover<Email>(providers, context), from, transports }
  }
  const missing = `set SENDGRID_API_KEY or SMTP_URL${from ? '' : ', and MAIL_FROM'}`
  if (outbox === undefined) return { missing }
  const sender = from ?? { name: fromName, address: LOCAL_ADDRESS }
  return { transport: outboxTransport(outbox), from: sender, outbox: missing }
}

/** In the order in which they are tried. SendGrid's library is loaded only where it is used. */
async function providersFor({ sendgrid, smtp }: MailOptions): Promise<EmailTransport[]> {
  return [
    ...(sendgrid ? [(await import('./sendgrid.ts')).sendgridTransport(sendgrid)] : []),
    ...(smtp ? [smtpTransport(smtp)] : []),
  ]
}

/** Writes each mail to the outbox, as an `.eml` file. */
function outboxTransport(outbox: Outbox): EmailTransport {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  return {
    name: 'the outbox',
    async send(email, signal) {
      const { message } = await composer.sendMail(mimeOf(email))
      signal.throwIfAborted()
      return { done: true, messageId: await outbox.write(email.pushId, 'eml', message as Buffer) }
    },
  }
}
