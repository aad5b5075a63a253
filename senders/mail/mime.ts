import type { SendMailOptions } from 'nodemailer'
import type { Letter } from './transport.ts'

/** A letter in nodemailer's words. */
export function mimeOf({ from, to, replyTo, subject, text, html, messageId }: Letter): SendMailOptions {
  return {
    from,
    to,
    ...(replyTo && { replyTo }),
    subject,
    text,
    html,
    messageId: `<${messageId()}>`,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
