import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Address, AddressBook, AddressKind, AddressResult } from './addresses.ts'
import { SetupError } from './errors.ts'
import type { PushLinks } from './links.ts'
import type { Downloads, Outbound } from './outbound.ts'
import type { Pusher } from './pushers.ts'
import type { PushApi } from './pushes.ts'
import type { AddressPacer, Rate } from './rate.ts'
import type { OpenBreaker } from './sender-status.ts'
import type { PushTemplate } from './templates.ts'
import { describeIssues } from './validation.ts'

export type { StandardSchemaV1 }

/** The part of a logger that senders may use; pino has it. Never log a secret or a message body. */
export interface Logger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
}

/** One message to one pusher, as a sender sees it. `Data` is what the sender's schema returns. */
export interface Push<Data = unknown> {
  /** The same for all attempts. Pass it to providers that deduplicate. */
  id: string
  name: string
  /** The app the push belongs to. */
  app: number
  pusher: Pusher
  /**
   * The output of the sender's schema if it has one, otherwise the parsed JSON if `raw` is JSON, and the text if it is not.
   * Pushes with the same `raw` share the output of a schema, so its lists and plain objects are frozen.
   */
  data: Data
  raw: string
  /** Of a push with a stored template: what its texts render with. */
  template?: PushTemplate | undefined
  /** What the push is about; absent: it has no category. */
  category?: string | undefined
  /** Absent where `PUBLIC_URL` is not set. */
  links?: PushLinks | undefined
  /**
   * Counts claims of the push, from 1. It may skip numbers: a claim also ends without a call of `send`, where quiet hours
   * defer the push or a worker is killed.
   */
  attempt: number
  /** The pusher's enabled addresses of the sender's `addressKinds`, newest first. */
  addresses: readonly Address[]
  /** What an attempt before handed on last; undefined at the first. An attempt that hands on nothing changes nothing. */
  progress: unknown
  /** Aborted when the sender's timeout is over or the worker must stop; pushes that are sent at once share it. */
  signal: AbortSignal
  log: Logger
}

/** What the message of a push is rendered from. */
export type RenderedPush<Data = unknown> = Pick<Push<Data>, 'pusher' | 'data' | 'template' | 'links'>

/**
 * The outcome of a push. Nothing, 0, or `done` with the provider's id of the message: sent. A number, or `later`: the
 * seconds until the next call, which the sender has chosen; it is not a failure. `giveUp`: dead at once, with
 * `noAddress` if the pusher lacks what the sender needs, which a broadcast counts as skipped.
 * A failed attempt is a thrown error. `progress`: JSON for the attempts that follow. `ifLast`: the outcome if none follows,
 * because the ttl is over.
 */
export type Outcome =
  | void
  | number
  | ({ done: true; messageId?: string | undefined } & AtAddresses)
  | (Later & AtAddresses)
  | ({ giveUp: string; noAddress?: boolean } & AtAddresses)

interface Later {
  /** Seconds until the next call. */
  later: number
  reason?: string
  progress?: unknown
  ifLast?: Outcome
  /** The call has sent nothing to the provider, so it does not count toward the sender's rate. */
  uncounted?: boolean
}

/** Of a sender that sends to addresses: what this attempt did at each. */
interface AtAddresses {
  addresses?: readonly AddressResult[]
}

/** Bytes of `progress` as JSON. */
export const MOST_PROGRESS = 8192

/**
 * A plugin that delivers over one medium: the default export of a sender's module. `Data` is the output of its schema,
 * which only the plugin itself knows.
 */
export interface Sender<Data = unknown> {
  /** The `{sender}` of the routes: 1 to 64 of `a-z 0-9 _ -`. */
  name: string
  send(push: Push<Data>): Promise<Outcome>
  /**
   * Several pushes in one call. The outcomes are index-aligned with the pushes; an Error is that push's failed attempt.
   */
  sendBatch?(pushes: Push<Data>[]): Promise<(Outcome | Error)[]>
  /** The largest number of pushes that `sendBatch` accepts in one call; default 1000. */
  maxBatch?: number
  /**
   * Validates data when it is pushed (422), and again before it is sent (dead), where its output becomes the push's `data`.
   * Its result must not depend on anything but the data.
   */
  data?: StandardSchemaV1<unknown, Data>
  /**
   * A schema for the data of stored templates, whose texts may name `vars` and `app` besides the pusher, and render partials.
   * Absent: the sender takes none. It needs `data`, whose output has the same type.
   * @param partials names of those that exist
   */
  templateData?(partials: ReadonlySet<string>): StandardSchemaV1<unknown, Data>
  /** Characters of data that one push may have; default 1 MB. A broadcast is kept to 1 MB, since its failures copy it. */
  mostData?: number
  /**
   * A push that `send` put off becomes due as soon as its pusher has a live connection. For senders that deliver over
   * those connections.
   */
  wakesOnConnect?: boolean
  /** Quiet hours do not defer its pushes. For senders that disturb nobody, such as those to an open page. */
  ignoresQuietHours?: boolean
  /** The field of the pusher that it sends to. */
  sendsTo?: 'email' | 'phoneNumber'
  /** The kinds of addresses that it sends to, which each push then brings along. */
  addressKinds?: readonly AddressKind[]
  /** How often it may send, where the operator sets nothing else: what its provider allows. */
  rate?: Rate
  /**
   * The address of a push, which is not sent if the address is suppressed. Null if there is none, or it does not matter.
   * `data` is not validated yet, and parsed only when it is read.
   */
  address?(push: Pick<Push, 'pusher' | 'data'>): string | null
  /**
   * What the pusher reads of a push, for operators who look at it: parts by their names, in the order in which they are shown.
   * Texts are shown as they are, and everything else as JSON. It sends nothing and has no options.
   * @throws Error that says why it cannot be rendered
   */
  preview?(push: RenderedPush<Data>): object
  /**
   * Set if it writes messages to the outbox, because no provider is configured: what to set, such as `set SMTP_URL`. Operators
   * see it.
   */
  outbox?: string
  /** Names of the transports that it uses, such as `SendGrid`. Operators see them. */
  transports?: readonly string[]
  /** Seconds after which a send is aborted and counts as failed, at most a day; default 30. */
  timeout?: number
  close?(): Promise<void>
}

/** What `create` gets besides its options. */
export interface SenderContext {
  /** The API as one app sees it; `push.app` names it. */
  api(app: number): PushApi
  log: Logger
  /** Files instead of a provider, where this process has an outbox. */
  outbox?: Outbox
  /** Downloads files from URLs that callers give, and keeps out of the operator's own network. */
  downloads?: Downloads
  /** Which addresses are suppressed for this sender, index-aligned. For addresses other than a push's own `address`. */
  areSuppressed?(app: number, addresses: string[]): Promise<boolean[]>
  /** Users' live connections, where this process can reach them. */
  live?: LiveUsers
  /** The addresses of pushers, for what a provider says of them. */
  addresses?: AddressBook
  /** Spaces out what is sent to one address, for all workers together. */
  pacer?: AddressPacer
  /** Values that all workers share. */
  shared?: SharedValues
  /** Makes calls to URLs that users give, and keeps out of the operator's own network. */
  outbound?: Outbound
  /**
   * Shows operators which transport of the sender is not used for now.
   * @param read returns null while the transport is used. It is called every few seconds.
   * @returns ends that, for a transport that is no longer used at all
   */
  watchBreaker?(read: () => OpenBreaker | null): () => void
}

/** Values that one worker makes and all use, such as a token that a provider wants to be renewed seldom. Never logged. */
export interface SharedValues {
  /**
   * The value of this name, which `make` makes when there is none, or none that is young enough. Workers that need it at
   * the same moment get the same one.
   * @param maxAge seconds; Infinity: for good
   */
  get(name: string, maxAge: number, make: () => string | Promise<string>): Promise<string>
  /** Forgets the value, if it is still this one: a provider refused it. */
  drop(name: string, value: string): Promise<void>
}

/** Begins the `messageId` of a message that became a file. */
export const OUTBOX_PREFIX = 'outbox: '

/** Receives the messages for which no provider is configured. */
export interface Outbox {
  /**
   * Writes one message as one file, atomically.
   * @returns the `messageId` of the outcome, which shows that nothing was sent: `OUTBOX_PREFIX` and the name of the file
   */
  write(pushId: string, extension: string, content: string | Uint8Array): Promise<string>
}

/** The result of `create` when credentials are missing. The sentence names the variables to set. */
export interface NotConfigured {
  missing: string
}

/** What a sender declares about itself, whatever its options are. */
export type SenderFacts = Pick<
  Sender,
  | 'name'
  | 'data'
  | 'templateData'
  | 'mostData'
  | 'timeout'
  | 'maxBatch'
  | 'wakesOnConnect'
  | 'ignoresQuietHours'
  | 'sendsTo'
  | 'addressKinds'
  | 'rate'
  | 'preview'
>

/** A sender that still needs its options: what `defineSender` makes and a worker creates. */
export interface SenderDefinition extends SenderFacts {
  /**
   * Reads its options, and builds nothing.
   * @throws SetupError as `create` does
   */
  check?(env: Record<string, string | undefined>): Promise<void>
  /** Reads its options from the environment and builds the sender, or says what is missing. */
  create(env: Record<string, string | undefined>, context: SenderContext): Promise<Sender | NotConfigured>
}

/** Of a sender without options. */
type NoOptions = StandardSchemaV1<unknown, Record<string, never>>

interface SenderSpec<Options extends StandardSchemaV1, Schema extends StandardSchemaV1> extends SenderFacts {
  data?: Schema
  templateData?(partials: ReadonlySet<string>): StandardSchemaV1<unknown, StandardSchemaV1.InferOutput<Schema>>
  preview?(push: RenderedPush<StandardSchemaV1.InferOutput<Schema>>): object
  /** Parses the environment into typed options. Absent: `create` gets an empty object. */
  options?: Options
  create(
    options: StandardSchemaV1.InferOutput<Options>,
    context: SenderContext,
  ): Made<StandardSchemaV1.InferOutput<Schema>> | Promise<Made<StandardSchemaV1.InferOutput<Schema>>>
}

type Made<Data> = SenderMethods<Data> | NotConfigured

/**
 * With a `data` of its own, whose output has the same type, a worker continues to accept what an earlier version has
 * stored.
 */
type SenderMethods<Data> = Pick<Sender<Data>, 'data'> & Omit<Sender<Data>, keyof SenderFacts>

/** A sender with typed options from the environment, and with typed `data` of its pushes if it has a schema. */
export function defineSender<
  Options extends StandardSchemaV1 = NoOptions,
  Schema extends StandardSchemaV1 = StandardSchemaV1,
>(definition: SenderSpec<Options, Schema>): SenderDefinition {
  const { options: schema, create, data, ...facts } = definition
  const checked = data && { data }
  const read = async (env: Record<string, string | undefined>) => {
    if (!schema) return {} as StandardSchemaV1.InferOutput<Options>
    const options = await schema['~standard'].validate(env)
    if (options.issues) throw new SetupError(`Sender ${facts.name} cannot start: ${describeIssues(options.issues)}`)
    return options.value
  }
  return {
    ...facts,
    ...checked,
    async check(env) {
      await read(env)
    },
    async create(env, context) {
      const made = await create(await read(env), context)
      return 'missing' in made ? made : { ...checked, ...made, ...facts }
    },
  }
}

/** A push for a user's live connections. */
export interface RealtimeMessage {
  /** Id of the push, the same at every attempt: it distinguishes two pushes with the same content. */
  id?: string
  event: string
  data: unknown
}

/** Users' live connections, on any protocol. */
export interface LiveUsers {
  /**
   * Sends a message to every connection of a user.
   * @param within milliseconds to wait until a connection accepts it
   * @returns whether any connection accepted it
   */
  notify(app: number, user: string, message: RealtimeMessage, within: number): Promise<boolean>
}
