import { type Outcome, RetryableError } from '@carillon/contract'
import { NEXT_TURN } from '@carillon/failover'
import { createTransport } from 'nodemailer'
import { smtpMessageOf } from './mime.ts'
import type { SmtpOptions } from './options.ts'
import { sentence } from './sentence.ts'
import { SmtpFailure } from './smtp-failure.ts'
import { type PoolOptions, SmtpPool } from './smtp-pool.ts'
import type { Transport } from './transport.ts'

/** Milliseconds, below the 30 s that a send has: what is known by then is told. */
const SEND_MS = 28_000
/** Milliseconds, below that. */
const TIMEOUTS = { dnsTimeout: 10_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 25_000 }

/** Replies that say the sender must log in, or did so wrongly. */
const CREDENTIALS = new Set([530, 534, 535, 538])

/** Shutting down, in answer to whatever command. */
const CLOSING = 421

/** Sends over a few connections to one server. */
export function smtpTransport({ url }: SmtpOptions): Transport {
  const pool = new SmtpPool(poolOptions(url))
  return {
    name: 'SMTP',
    async send(letter, signal) {
      const message = await smtpMessageOf(letter)
      try {
        const refusals = await pool.send(message, AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)]))
        if (!refusals) return NEXT_TURN
        // The server takes a mail for its copies also where it refuses the person it is to
        const refusal = refusals.find(({ recipient }) => recipient === letter.to.address)
        if (refusal) throw new SmtpFailure(refusal, 'envelope')
        return { done: true, messageId: letter.messageId() }
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

function outcomeOf(failure: SmtpFailure): Outcome {
  if (isRefusal(failure)) return { giveUp: `the mail server refused it: ${sentence(failure.reply)}` }
  throw new RetryableError(trouble(failure), { sent: failure.sent, outage: outageOf(failure) })
}

/** A reply to one of a mail's own commands speaks of that mail, unless the server says that it closes. */
function outageOf({ code, phase, error }: SmtpFailure): string | undefined {
  if (code && phase !== 'opening' && code !== CLOSING && !CREDENTIALS.has(code)) return undefined
  return code ? `SMTP ${code}` : (error.originalCode ?? error.code ?? 'unknown')
}

/** A final no to the recipient or the content; one to the sender, or to anything before, is the operator's to mend. */
function isRefusal({ code, error: { command } }: SmtpFailure): boolean {
  if (code < 500 || code === 503 || CREDENTIALS.has(code)) return false
  return command === 'RCPT TO' || command === 'DATA' || code === 552
}

function trouble({ code, reply, error, phase }: SmtpFailure): string {
  if (error.code === 'EAUTH' || CREDENTIALS.has(code))
    return `the mail server refused the credentials (${code || 'EAUTH'})`
  if (reply) return `the mail server says: ${sentence(reply)}`
  if (error.code === 'ETIMEDOUT' || error.code === 'EABORT') return 'the mail server did not answer in time'
  if (phase === 'opening')
    return `the mail server cannot be reached (${error.originalCode ?? error.code ?? 'unknown error'})`
  return `the mail server ended the connection (${error.originalCode ?? error.code ?? 'unknown error'})`
}
