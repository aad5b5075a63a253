import { type Outcome, RetryableError, type Sent, sentByError } from '@carillon/contract'
import { createTransport } from 'nodemailer'
import { mimeOf } from './mime.ts'
import type { SmtpOptions } from './options.ts'
import { sentence } from './sentence.ts'
import type { Transport } from './transport.ts'

/** Milliseconds, all below the 30 s that a send has. */
const TIMEOUTS = { dnsTimeout: 10_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 25_000 }

/** Not in its types yet. The worker tries again itself, and counts. */
const UNTYPED = { maxRequeues: 0 }

/** Replies that say the sender must log in, or did so wrongly. */
const CREDENTIALS = new Set([530, 534, 535, 538])

/** Shutting down, in answer to whatever command. */
const CLOSING = 421

/** Codes of what happens before a session can take mail. */
const UNSENT = new Set(['EDNS', 'ETLS', 'EAUTH', 'CONNECT_TIMEOUT', 'GREETING_TIMEOUT'])

/** What nodemailer adds to an error. */
interface SmtpError {
  code?: string
  /** The command that was refused, such as `RCPT TO`. */
  command?: string
  responseCode?: number
  response?: string
  /** What `code` was before nodemailer gave it its own. */
  originalCode?: string
}

/** Sends over a pool of connections to one server; an aborted send closes its connection. */
export function smtpTransport({ url }: SmtpOptions): Transport {
  const pool = createTransport({ url, pool: true, ...TIMEOUTS, ...UNTYPED })
  return {
    name: 'SMTP',
    async send(letter, signal) {
      const mail = { ...mimeOf(letter), signal }
      try {
        await pool.sendMail(mail)
        return { done: true, messageId: letter.messageId() }
      } catch (error) {
        return outcomeOf(error as SmtpError)
      }
    },
    async close() {
      pool.close()
    },
  }
}

function outcomeOf(error: SmtpError): Outcome {
  if (isRefusal(error)) return { giveUp: `the mail server refused it: ${sentence(error.response ?? '')}` }
  throw new RetryableError(trouble(error), { sent: sentOf(error), outage: outageOf(error) })
}

/** A reply is a no, whenever it comes; without one, only what ends before there is a session to send in. */
function sentOf(error: SmtpError): Sent {
  const { code = '', originalCode = '', responseCode } = error
  return responseCode || UNSENT.has(code) || UNSENT.has(originalCode) ? 'no' : sentByError(error)
}

/** A reply to one of a mail's own commands speaks of that mail, unless the server says that it closes. */
function outageOf({ code, originalCode, command = '', responseCode = 0 }: SmtpError): string | undefined {
  const isAboutMail = ['MAIL FROM', 'RCPT TO', 'DATA'].includes(command)
  if (responseCode && isAboutMail && responseCode !== CLOSING && !CREDENTIALS.has(responseCode)) return undefined
  return responseCode ? `SMTP ${responseCode}` : (originalCode ?? code ?? 'unknown')
}

/** A final no to the recipient or the content; one to the sender, or to anything before, is the operator's to mend. */
function isRefusal({ command, responseCode = 0 }: SmtpError): boolean {
  if (responseCode < 500 || responseCode === 503 || CREDENTIALS.has(responseCode)) return false
  return command === 'RCPT TO' || command === 'DATA' || responseCode === 552
}

function trouble({ code, response, responseCode = 0 }: SmtpError): string {
  if (code === 'EABORT') return 'the mail server did not answer in time'
  if (code === 'EAUTH' || CREDENTIALS.has(responseCode))
    return `the mail server refused the credentials (${responseCode || 'EAUTH'})`
  if (response) return `the mail server says: ${sentence(response)}`
  return `the mail server cannot be reached (${code ?? 'unknown error'})`
}
