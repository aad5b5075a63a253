import type { Outbox } from '@carillon/contract'
import { createTransport } from 'nodemailer'
import { mimeOf } from './mime.ts'
import type { Transport } from './transport.ts'

/** Writes each mail to the outbox, as an `.eml` file. */
export function outboxTransport(outbox: Outbox): Transport {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  return {
    name: 'the outbox',
    async send(letter, signal) {
      const { message } = await composer.sendMail(mimeOf(letter))
      signal.throwIfAborted()
      await outbox.write(letter.pushId, 'eml', message as Buffer)
    },
  }
}
