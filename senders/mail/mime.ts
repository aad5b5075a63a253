import type { SendMailOptions } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { Attachment } from './attachments.ts'
import { foldable, foldableHeader, foldableName } from './header-lines.ts'
import type { SmtpMessage } from './smtp-session.ts'
import type { Letter } from './transport.ts'

/** A letter in nodemailer's words. */
export function mimeOf(letter: Letter): SendMailOptions {
  const { from, to, replyTo, cc, bcc, headers, subject, text, html, attachments, messageId } = letter
  return {
    from: foldableName(from),
    to: foldableName(to),
    ...(replyTo && { replyTo: foldableName(replyTo) }),
    cc: cc.map(foldableName),
    bcc: bcc.map(foldableName),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, foldableHeader(name, value)])),
    subject: foldable(subject),
    text,
    html,
    attachments: attachments.map(attachmentOf),
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

/** By its bytes alone: nodemailer would also read paths and URLs. */
function attachmentOf({ filename, contentType, cid, content }: Attachment) {
  return {
    filename,
    content,
    ...(contentType !== undefined && { contentType }),
    ...(cid !== undefined && { cid, contentDisposition: 'inline' as const }),
  }
}
