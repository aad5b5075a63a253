import { NEXT_TURN } from '@carillon/outgoing'
import { createTransport } from 'nodemailer'
import { smtpMessageOf } from './mime.ts'
import type { SmtpOptions } from './options.ts'
import { SmtpFailure } from './smtp-failure.ts'
import { outcomeOf } from './smtp-outcome.ts'
import { type PoolOptions, SmtpPool } from './smtp-pool.ts'
import type { EmailTransport } from './transport.ts'

/** Milliseconds, below the 30 s that a send has, so that the result is reported. */
const SEND_MS = 28_000
/** Milliseconds, below that. */
const TIMEOUTS = { dnsTimeout: 10_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 25_000 }

/** Sends over a few connections to one server. */
export function smtpTransport({ url }: SmtpOptions): EmailTransport {
  const pool = new SmtpPool(poolOptions(url))
  return {
    name: 'SMTP',
    async send(email, signal) {
      const message = await smtpMessageOf(email)
      try {
        const refusals = await pool.send(message, AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)]))
        if (!refusals) return NEXT_TURN
        // The server may accept an email for its copies although it refuses the recipient. A retry would repeat the copies
        const refusal = refusals.find(({ recipient }) => recipient === email.to.address)
        if (refusal) throw new SmtpFailure(refusal, 'envelope', true)
        return { done: true, messageId: email.messageId() }
      } catch (error) {
        if (error instanceof SmtpFailure) return outcomeOf(error)
        throw error
      }
    },
    async close() {
      pool.close()
    },
  }
}

/** The library reads the URL, which may have any of its options as a query. */
function poolOptions(url: string): PoolOptions {
  return createTransport({ url, ...TIMEOUTS }).options
}
