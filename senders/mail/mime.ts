import type { SendMailOptions } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { SmtpMessage } from './smtp-session.ts'
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

/** A letter as SMTP takes it: its recipients, and its bytes without those that nobody else may see. */
export async function smtpMessageOf(letter: Letter): Promise<SmtpMessage> {
  const mime = new MailComposer(mimeOf(letter)).compile()
  const { from, to } = mime.getEnvelope()
  return { from: from || '', to, bytes: await mime.build() }
}
