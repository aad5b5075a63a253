import type { SmtpFailure } from './smtp-failure.ts'

const CERTIFICATE = 'the certificate of the mail server is not accepted'
const CA = 'set NODE_EXTRA_CA_CERTS to the file of its CA'

/** What Node says about a certificate: what is wrong, and what to do. */
const CERTIFICATES: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired and must be renewed on the mail server',
  CERT_NOT_YET_VALID: 'it is not valid yet: check the clocks of both machines',
  CERT_REVOKED: 'it was revoked and must be replaced on the mail server',
  DEPTH_ZERO_SELF_SIGNED_CERT: `it is self-signed: ${CA}, or to the certificate itself`,
  SELF_SIGNED_CERT_IN_CHAIN: `its CA is not trusted here: ${CA}`,
  UNABLE_TO_GET_ISSUER_CERT: `its CA is not trusted here: ${CA}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its CA is not trusted here: ${CA}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its CA is not trusted here, or the mail server does not send the intermediate certificates: ${CA}`,
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name: SMTP_URL must contain the host name of the certificate',
}

const OTHER_CERTIFICATES = /^(?:CERT_|CRL_|UNABLE_TO_|INVALID_|HOSTNAME_MISMATCH|ERR_TLS_CERT_|ERROR_IN_CERT)/

/** OpenSSL's words for a version or a cipher that the other side does not have, and for what is no TLS at all. */
const VERSION =
  /unsupported protocol|protocol version|no protocols available|no shared cipher|handshake failure|version too low|dh key too small/i
const NO_TLS = /wrong version number|packet length too long/i

/** A sentence about encryption that does not begin until an operator acts; undefined where something else went wrong. */
export function tlsTrouble({ phase, code, error }: SmtpFailure): string | undefined {
  if (phase !== 'opening') return undefined
  const { command, message, originalCode = error.code ?? '' } = error
  const advice = CERTIFICATES[originalCode]
  if (advice) return `${CERTIFICATE} (${originalCode}): ${advice}`
  if (OTHER_CERTIFICATES.test(originalCode))
    return `${CERTIFICATE} (${originalCode}): it must be replaced on the mail server`
  if (NO_TLS.test(message)) return 'the mail server does not support TLS on this port: SMTP_URL must begin with smtp://'
  if (VERSION.test(message))
    return `the mail server and Carillon have no TLS version or cipher in common (${originalCode}): the mail server must support TLS 1.2 or newer`
  const needsTls = command === 'STARTTLS' || /required STARTTLS/.test(message)
  return needsTls && code >= 500
    ? `the mail server refuses to encrypt (STARTTLS: ${code}): enable TLS on the mail server, or use its port for smtps://, such as 465`
    : undefined
}
