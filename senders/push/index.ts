import { type Address, defineSender, type SenderDefinition } from '@carillon/contract'
import { createTemplates } from '@carillon/template'
import { type CallResult, sendToAddresses } from '@carillon/to-addresses'
import { createComposer, type PushMessage } from './compose.ts'
import { pushData, storedPush } from './data.ts'
import { pushOptions } from './options.ts'
import { type PushKind, pushKinds, providersFor } from './providers.ts'
import type { PushProvider } from './provider.ts'

/** `sendpush`: a notification to the apps and browsers of each pusher, through FCM, APNs and Web Push. */
export function pushSender(): SenderDefinition {
  const templates = createTemplates()
  return defineSender({
    name: 'sendpush',
    options: pushOptions,
    data: pushData(templates),
    addressKinds: pushKinds,
    async create(options, context) {
      const providers = await providersFor(options, context)
      if ('missing' in providers) return providers
      const compose = createComposer(templates)
      return {
        data: storedPush(templates),
        async send(push) {
          push.signal.throwIfAborted()
          const message = compose(push)
          if ('giveUp' in message) return message
          return sendToAddresses(push, {
            book: context.addresses,
            call: (address) => deliver(providers, address, message),
          })
        },
        async close() {
          await Promise.all(Object.values(providers).map(async (provider) => provider.close?.()))
        },
      }
    },
  })
}

export default pushSender()

/** Seconds that an address waits for its provider's credentials before it is tried again. */
const WITHOUT_CREDENTIALS_S = 300

/** An address whose provider the operator has not configured yet keeps its message for as long as attempts go on. */
async function deliver(
  providers: Partial<Record<PushKind, PushProvider>>,
  address: Address,
  message: PushMessage,
): Promise<CallResult> {
  const provider = providers[address.kind as PushKind]
  if (provider) return provider.deliver(address, message)
  const retry = `no provider is configured for addresses of the kind ${address.kind}`
  return { retry, after: WITHOUT_CREDENTIALS_S, sent: 'no', needsOperator: true }
}
