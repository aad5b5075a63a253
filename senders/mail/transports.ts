import type { Logger, NotConfigured, Outbox } from '@carillon/contract'
import { failover } from '@carillon/outgoing'
import type { Address } from './address.ts'
import type { MailOptions } from './options.ts'
import { outboxTransport } from './outbox.ts'
import { smtpTransport } from './smtp.ts'
import type { Letter, Transport } from './transport.ts'

const LOCAL_ADDRESS = 'carillon@localhost'

/**
 * @param outbox used where there is no provider
 * @returns how to send, and from whom where a push does not say it
 */
export async function transportsFor(
  options: MailOptions,
  log: Logger,
  outbox?: Outbox,
): Promise<{ transport: Omit<Transport, 'name'>; from: Address } | NotConfigured> {
  const { from, fromName } = options
  const providers = await providersFor(options)
  if (providers.length > 0 && !from) return { missing: 'set MAIL_FROM, the address from which email is sent' }
  if (providers.length > 0 && from) return { transport: failover<Letter>(providers, log), from }
  if (outbox === undefined) return { missing: 'set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM' }
  return { transport: outboxTransport(outbox), from: from ?? { name: fromName, address: LOCAL_ADDRESS } }
}

/** In the order in which they are tried. SendGrid's library is loaded only where it is used. */
async function providersFor({ sendgrid, smtp }: MailOptions): Promise<Transport[]> {
  return [
    ...(sendgrid ? [(await import('./sendgrid.ts')).sendgridTransport(sendgrid)] : []),
    ...(smtp ? [smtpTransport(smtp)] : []),
  ]
}
