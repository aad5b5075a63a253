import {
  type Address,
  type AddressBook,
  type AddressKind,
  defineSender,
  type NotConfigured,
  type Outbound,
  type Outbox,
  type Outcome,
  type Push,
  type Rate,
  type RenderedPush,
  type SenderContext,
  type SenderDefinition,
  shortToken,
} from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import { createTemplates, TemplateError, type TemplateOptions } from '@carillon/template'
import { sendToAddresses } from '@carillon/to-addresses'
import type * as z from 'zod'
import { type DataRules, pushedData, storedData, UnsendableMessage } from './data.ts'
import { type ChatCall, type ChatGuard, chatGuard } from './guard.ts'
import { jsonPoster, type PostJson } from './post-json.ts'

export interface ChatDeps extends ChatGuard {
  /** To URLs that users give. */
  post: PostJson
  /** To the URL that the operator has set, which may be at a private address. */
  postToOperators: PostJson
  book: AddressBook | undefined
  /** Writes messages to files instead, where this process has an outbox. */
  outbox: ChatCall<object> | undefined
}

/** What is special about one chat service. */
export interface ChatService<Options, Data, Message extends object> {
  /** Of the sender. */
  name: string
  kind: AddressKind
  /** For sentences. */
  service: string
  /** What the service takes from all of its senders together. */
  rate?: Rate
  /** Reads the environment. */
  options: z.ZodType<Options>
  data(rules: DataRules): z.ZodType<Data>
  /**
   * Renders data for a pusher.
   * @throws UnsendableMessage
   */
  compose(data: Data, render: (source: string, options?: TemplateOptions) => string): Message
  /** Milliseconds between two messages to an address. */
  every(address: Address, options: Options): number
  /** If settings are missing, messages become files where this process has an outbox. */
  connect(options: Options, deps: ChatDeps): ChatCall<Message> | NotConfigured
}

/** Characters of data; no service takes as many. */
const MOST_DATA = 200_000

/** The sender of a chat service: one message to all addresses of its kind, each at its own pace. */
export function chatSender<Options, Data, Message extends object>(
  service: ChatService<Options, Data, Message>,
): SenderDefinition {
  const templates = createTemplates()
  const { name, kind, rate } = service
  const render = (push: RenderedPush<Data>) =>
    service.compose(push.data, (source, options) => templates.compile(source, options)(push))
  return defineSender({
    name,
    addressKinds: [kind],
    mostData: MOST_DATA,
    ...(rate && { rate }),
    options: service.options,
    data: service.data(pushedData(templates)),
    templateData: (partials) => service.data(pushedData(templates, { partials })),
    preview: render,
    create(options, context) {
      const outbound = guardedOutbound({ allowPrivate: true })
      const connection = connected(service, options, context, outbound)
      if ('missing' in connection) return connection
      const { call, outbox } = connection
      return {
        close: () => outbound.close(),
        ...(outbox !== undefined && { outbox }),
        data: service.data(storedData(templates)),
        async send(push: Push<Data>) {
          push.signal.throwIfAborted()
          const message = composed(() => render(push))
          if ('giveUp' in message) return message
          return sendToAddresses(push, {
            kinds: [kind],
            book: context.addresses,
            pacer: context.pacer,
            every: (address) => service.every(address, options),
            call: (address) => call(message.message, address, push),
          })
        },
      }
    },
  })
}

interface Connection<Message> {
  call: ChatCall<Message>
  /** What to set, if messages only become files. */
  outbox?: string
}

function connected<Options, Message extends object>(
  { service, connect }: Pick<ChatService<Options, never, Message>, 'service' | 'connect'>,
  options: Options,
  context: SenderContext,
  toOperators: Outbound,
): Connection<Message> | NotConfigured {
  const { outbound, addresses: book } = context
  if (!outbound) return { missing: 'a worker that can call other servers' }
  const outbox = context.outbox && outboxCall(context.outbox)
  const call = connect(options, {
    post: jsonPoster(service, outbound),
    postToOperators: jsonPoster(service, toOperators),
    ...chatGuard(service, context),
    book,
    outbox,
  })
  if (!('missing' in call)) return { call }
  return outbox ? { call: outbox, outbox: call.missing } : call
}

function composed<Message>(render: () => Message): { message: Message } | Extract<Outcome, { giveUp: string }> {
  try {
    return { message: render() }
  } catch (error) {
    if (error instanceof UnsendableMessage) return { giveUp: error.message }
    if (error instanceof TemplateError && !error.timedOut) return { giveUp: `a template failed: ${error.message}` }
    throw error
  }
}

/** Each address's message becomes a file of its own. */
function outboxCall(outbox: Outbox): ChatCall<object> {
  return async (message, { id, kind, token }, { id: push, pusher, attempt }) => {
    const content = JSON.stringify({ ...message, [kind]: shortToken(token), push, pusher: pusher.id, attempt }, null, 2)
    return { sent: true, messageId: await outbox.write(`${push}-${id}`, 'json', `${content}\n`) }
  }
}
