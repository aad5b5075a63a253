import type { NotConfigured, Outbox } from '@carillon/contract'
import type { Address } from './address.ts'
import type { MailOptions } from './options.ts'
import { outboxTransport } from './outbox.ts'
import { sendgridTransport } from './sendgrid.ts'
import { smtpTransport } from './smtp.ts'
import type { Transport } from './transport.ts'

const LOCAL_ADDRESS = 'carillon@localhost'

/** In order: each is made only when those before it are not configured. */
const PROVIDERS: ((options: MailOptions) => Transport | null)[] = [
  ({ sendgrid }) => sendgrid && sendgridTransport(sendgrid),
  ({ smtp }) => smtp && smtpTransport(smtp),
]

/**
 * @param outbox used where there is no provider
 * @returns how to send, and from whom where a push does not say it
 */
export function transportsFor(
  options: MailOptions,
  outbox?: Outbox,
): { transport: Transport; from: Address } | NotConfigured {
  const { from, fromName } = options
  const provider = PROVIDERS.values()
    .map((make) => make(options))
    .find((made) => made !== null)
  if (provider && !from) return { missing: 'set MAIL_FROM, the address that mail comes from' }
  if (provider && from) return { transport: provider, from }
  if (outbox === undefined) return { missing: 'set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM' }
  return { transport: outboxTransport(outbox), from: from ?? { name: fromName, address: LOCAL_ADDRESS } }
}
