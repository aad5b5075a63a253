import * as z from 'zod'
import { type EmailAddress, hasControls, parseAddress } from './address.ts'

export interface SendgridOptions {
  apiKey: string
  baseUrl: string
}

export interface SmtpOptions {
  url: string
}

export interface MailOptions {
  sendgrid: SendgridOptions | null
  smtp: SmtpOptions | null
  /** Null when MAIL_FROM is not set. */
  from: EmailAddress | null
  /** Empty when MAIL_FROM_NAME is not set. */
  fromName: string
  /** Undefined when UNSUBSCRIBE_MAILTO is not set. */
  unsubscribeMailto: string | undefined
}

const SENDGRID = 'https://api.sendgrid.com/'

/** Reads the environment. An issue names the variable, never its value. */
export const mailOptions = z
  .object({
    SENDGRID_API_KEY: setting((value) => !/\s/.test(value), 'must not contain spaces'),
    SENDGRID_BASE_URL: setting(
      (value) => hasProtocol(value, ['http:', 'https:']),
      'must be a URL that starts with https:// or http://',
    ),
    SMTP_URL: setting(
      (value) => hasProtocol(value, ['smtp:', 'smtps:']),
      'must be a URL that starts with smtp:// or smtps://',
    ),
    MAIL_FROM: setting((value) => parseAddress(value) !== null, 'must be an email address'),
    MAIL_FROM_NAME: setting((value) => !hasControls(value), 'must not contain line breaks'),
    UNSUBSCRIBE_MAILTO: setting((value) => parseAddress(value) !== null, 'must be an email address'),
  })
  .transform((env): MailOptions => ({
    sendgrid: env.SENDGRID_API_KEY
      ? { apiKey: env.SENDGRID_API_KEY, baseUrl: env.SENDGRID_BASE_URL || SENDGRID }
      : null,
    smtp: env.SMTP_URL ? { url: env.SMTP_URL } : null,
    from: namedAddress(env.MAIL_FROM, env.MAIL_FROM_NAME),
    fromName: env.MAIL_FROM_NAME,
    unsubscribeMailto: parseAddress(env.UNSUBSCRIBE_MAILTO)?.address,
  }))

/** Trimmed; empty when absent. */
function setting(isGood: (value: string) => boolean, message: string) {
  return z
    .string('must be text')
    .default('')
    .transform((value) => value.trim())
    .refine((value) => value === '' || isGood(value), message)
}

function hasProtocol(value: string, protocols: string[]): boolean {
  const url = URL.parse(value)
  return url !== null && url.hostname !== '' && protocols.includes(url.protocol)
}

function namedAddress(text: string, name: string): EmailAddress | null {
  const address = parseAddress(text)
  return address && { ...address, name: name || address.name }
}
