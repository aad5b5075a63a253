import { type Outbox, shortToken } from '@carillon/contract'
import type { PushProvider } from './provider.ts'

/**
 * Writes each message to the outbox, as a `.json` file for each address.
 * @param provider for what an earlier attempt did not reach: it tried a provider that is no longer configured, and a file
 *   would end the push as sent although nobody got it
 */
export function outboxProvider(outbox: Outbox, provider: PushProvider): PushProvider {
  return {
    async deliver(address, message, push) {
      if (push.progress !== undefined) return provider.deliver(address, message, push)
      const { kind, token, target, id } = address
      const content = { kind, address: id, token: shortToken(token), target, ...message }
      const written = `${JSON.stringify(content, null, 2)}\n`
      return { sent: true, messageId: await outbox.write(`${message.id}-${id}`, 'json', written) }
    },
  }
}
