import { defineSender, type SenderDefinition } from '@carillon/contract'
import { createTemplates } from '@carillon/template'
import { sendToAddresses } from '@carillon/to-addresses'
import { createComposer, renderPush } from './compose.ts'
import { pushData, storedPush } from './data.ts'
import { pushOptions } from './options.ts'
import { type PushKind, pushKinds, providersFor } from './providers.ts'

/** `sendpush`: a notification to the apps and browsers of each pusher, through FCM, APNs and Web Push. */
export function pushSender(): SenderDefinition {
  const templates = createTemplates()
  return defineSender({
    name: 'sendpush',
    options: pushOptions,
    data: pushData(templates),
    templateData: (partials) => pushData(templates, { partials }),
    addressKinds: pushKinds,
    preview: (push) => renderPush(templates, push),
    async create(options, context) {
      const found = await providersFor(options, context)
      if ('missing' in found) return found
      const { providers, names } = found
      const compose = createComposer(templates)
      return {
        data: storedPush(templates),
        transports: names,
        async send(push) {
          const message = compose(push)
          if ('giveUp' in message) return message
          return sendToAddresses(push, {
            kinds: pushKinds,
            book: context.addresses,
            call: (address) => providers[address.kind as PushKind].deliver(address, message, push),
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
