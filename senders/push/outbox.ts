import { type Outbox, shortToken } from '@carillon/contract'
import type { PushProvider } from './provider.ts'

/** Writes each message to the outbox, as a `.json` file for each address. */
export function outboxProvider(outbox: Outbox): PushProvider {
  return {
    async deliver({ kind, token, target, id: address }, message) {
      const content = { kind, address, token: shortToken(token), target, ...message }
      await outbox.write(`${message.id}-${address}`, 'json', `${JSON.stringify(content, null, 2)}\n`)
      return { sent: true }
    },
  }
}
