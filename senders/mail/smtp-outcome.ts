import { certificateFault, type Outcome, RetryableError } from '@carillon/contract'
import type { SmtpFailure } from './smtp-failure.ts'
import { subjectOf } from './smtp-reply.ts'
import { sentence } from './transport.ts'

/** Replies that say the sender must log in, or did so wrongly. */
const CREDENTIALS = new Set([530, 534, 535, 538])

/**
 * A permanent refusal of one recipient or one message gives up. A refusal that concerns everything is an outage, and a
 * permanent one of that kind waits for the operator.
 * @throws RetryableError
 */
export function outcomeOf(failure: SmtpFailure): Outcome {
  if (failure.code) return ofReply(failure)
  return isImpossible(failure) ? ofRules(failure) : ofSilence(failure)
}

/**
 * The email breaks a rule that the server announced, such as its largest size. Nothing was sent, and there is no reply.
 */
function isImpossible({ error: { code = '', response } }: SmtpFailure): boolean {
  return !response && ['EENVELOPE', 'EMESSAGE', 'SMTPUTF8'].includes(code)
}

function ofRules({ error: { code, command, message } }: SmtpFailure): Outcome {
  const reason = `the mail server cannot accept it: ${sentence(message)}`
  if (command !== 'MAIL FROM' || code !== 'SMTPUTF8') return { giveUp: reason }
  throw new RetryableError(reason, { sent: 'no', outage: code, needsOperator: true })
}

function ofReply(failure: SmtpFailure): Outcome {
  const { code, error, reply, sent } = failure
  const isFinal = code >= 500
  const said = sentence(oneLine(reply))
  if (subjectOf(failure) !== 'everything') {
    if (isFinal) return { giveUp: `the mail server refused it: ${said}` }
    throw new RetryableError(`the mail server says: ${said}`, { sent })
  }
  const outage = `SMTP ${[code, enhancedCode(reply)].filter(Boolean).join(' ')}`
  const message = tlsTrouble(failure) ?? loginTrouble(error.code, code) ?? `the mail server says: ${said}`
  throw new RetryableError(message, { sent, outage, needsOperator: isFinal })
}

/** The server's reply may contain the login. */
function loginTrouble(kind: string | undefined, code: number): string | undefined {
  if (kind === 'EAUTH' && code < 500) return `the mail server does not accept logins at the moment (${code})`
  return kind === 'EAUTH' || CREDENTIALS.has(code) ? `the mail server refused the credentials (${code})` : undefined
}

function ofSilence(failure: SmtpFailure): Outcome {
  const { error, sent } = failure
  const trouble = tlsTrouble(failure)
  throw new RetryableError(trouble ?? silence(failure), {
    sent,
    outage: error.originalCode ?? error.code ?? 'unknown',
    needsOperator: trouble !== undefined || error.code === 'EAUTH',
  })
}

function silence({ error, phase }: SmtpFailure): string {
  const code = error.originalCode ?? error.code ?? 'unknown error'
  if (error.code === 'EAUTH') return `the mail server refused the credentials (${code})`
  if (error.timeoutType === 'GREETING_TIMEOUT')
    return 'the mail server did not send its greeting in time. If its port requires TLS from the start, such as 465, SMTP_URL must begin with smtps://'
  if (error.code === 'ETIMEDOUT' || error.code === 'EABORT') return 'the mail server did not answer in time'
  if (phase === 'opening') return `the mail server of SMTP_URL cannot be reached (${code})`
  return `the mail server closed the connection (${code})`
}

/** The codes stand at the start of each line; once is enough. */
function oneLine(reply: string): string {
  return reply.replaceAll(/[\r\n]+\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?/g, ' ')
}

function enhancedCode(reply: string): string | undefined {
  return /^\d{3}[ -]#?(\d\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1]
}

const TRUST_CA = ': set NODE_EXTRA_CA_CERTS to the file of its CA'

/** What to do about a certificate that is not accepted, by Node's code. It continues the sentence about the fault. */
const CERTIFICATE_REMEDIES: Record<string, string> = {
  CERT_HAS_EXPIRED: ' and must be renewed on the mail server',
  CERT_NOT_YET_VALID: ': check the clocks of both machines',
  DEPTH_ZERO_SELF_SIGNED_CERT: `${TRUST_CA}, or to the certificate itself`,
  SELF_SIGNED_CERT_IN_CHAIN: TRUST_CA,
  UNABLE_TO_GET_ISSUER_CERT: TRUST_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: TRUST_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `, or the mail server does not send the intermediate certificates${TRUST_CA}`,
  ERR_TLS_CERT_ALTNAME_INVALID: ': SMTP_URL must contain the host name of the certificate',
  HOSTNAME_MISMATCH: ': SMTP_URL must contain the host name of the certificate',
}

const OTHER_REMEDY = ' and must be replaced on the mail server'

/** OpenSSL's words for a version or a cipher that the other side does not have, and for what is no TLS at all. */
const VERSION =
  /unsupported protocol|protocol version|no protocols available|no shared cipher|handshake failure|version too low|dh key too small/i
const NO_TLS = /wrong version number|packet length too long/i

/** A sentence about encryption that does not begin until an operator acts; undefined where something else went wrong. */
function tlsTrouble({ phase, code, error }: SmtpFailure): string | undefined {
  if (phase !== 'opening') return undefined
  const { command, message, originalCode = error.code ?? '' } = error
  const fault = certificateFault(originalCode)
  if (fault) {
    const remedy = CERTIFICATE_REMEDIES[originalCode] ?? OTHER_REMEDY
    return `the certificate of the mail server is not accepted (${originalCode}): it ${fault}${remedy}`
  }
  if (NO_TLS.test(message)) return 'the mail server does not support TLS on this port: SMTP_URL must begin with smtp://'
  if (VERSION.test(message))
    return `the mail server and Carillon have no TLS version or cipher in common (${originalCode}): the mail server must support TLS 1.2 or newer`
  const needsTls = command === 'STARTTLS' || /required STARTTLS/.test(message)
  return needsTls && code >= 500
    ? `the mail server refuses to encrypt (STARTTLS: ${code}): enable TLS on the mail server, or use its port for smtps://, such as 465`
    : undefined
}
