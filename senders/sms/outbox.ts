import type { Outbox } from '@carillon/contract'
import type { Sms, Transport } from './transport.ts'

/** Writes each sms to the outbox, as a `.json` file. */
export function outboxTransport(outbox: Outbox): Transport<Sms> {
  return async (sms, { id, pusher, attempt }) => {
    const content = JSON.stringify({ ...sms, push: id, pusher: pusher.id, attempt }, null, 2)
    await outbox.write(id, 'json', `${content}\n`)
  }
}
