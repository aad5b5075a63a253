import { type Address, type Outbox, shortToken } from '@carillon/contract'
import type { PushMessage } from './compose.ts'
import type { PushProvider } from './provider.ts'

/** What a provider would be sent for an address: its payload, and what goes beside it. */
export type Sketch = (message: PushMessage, address: Address) => object

/**
 * Writes what each address would be sent to the outbox, as a `.json` file for each.
 * @param provider for what an earlier attempt did not reach: it tried a provider that is no longer configured, and a file
 *   would end the push as sent although nobody got it
 */
export function outboxProvider(outbox: Outbox, sketch: Sketch, provider: PushProvider): PushProvider {
  return {
    async deliver(address, message, push) {
      if (push.progress !== undefined) return provider.deliver(address, message, push)
      const { kind, target, id } = address
      const shown = { ...address, token: shortToken(address.token) }
      const content = { kind, address: id, token: shown.token, target, ...sketch(message, shown) }
      const written = `${JSON.stringify(content, null, 2)}\n`
      return { sent: true, messageId: await outbox.write(`${message.id}-${id}`, 'json', written) }
    },
  }
}
