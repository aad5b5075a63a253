import {
  type Address,
  describeIssues,
  freezeDeeply,
  type Logger,
  type NotConfigured,
  type Push,
  type PushApi,
  type Pusher,
  pushName,
  type Sender,
  type SenderContext,
  type SenderDefinition,
} from '@carillon/contract'

/** Any part of a push; the pusher's fields too may be given in part. */
export type PushOverrides = Partial<Omit<Push, 'pusher'>> & { pusher?: Partial<Pusher> }

/**
 * A push to a pusher that has every kind of address. Give `data` or `raw`: each follows from the
 * other, as in a worker, and so does the name. A sender with a schema sees other data: see `pushFor`.
 */
export function examplePush({ pusher: fields, ...overrides }: PushOverrides = {}): Push {
  const pusher = examplePusher(fields)
  const raw = overrides.raw ?? toRaw(overrides.data ?? { subject: 'Hello', text: 'Hello, {{ pusher.nickname }}' })
  return {
    id: '0198a2f0-5c7e-7000-8000-000000000001',
    name: pushName(pusher.id, raw),
    app: 1,
    attempt: 1,
    addresses: [],
    progress: undefined,
    signal: new AbortController().signal,
    log: silentLogger,
    ...overrides,
    pusher,
    data: toData(raw),
    raw,
  }
}

/**
 * An example push as a worker makes it for this sender: its `data` is what the sender's schema returns.
 * @throws Error when the schema refuses the data, as a worker would not call the sender then
 */
export async function pushFor(
  { name, data: schema }: Pick<Sender, 'name' | 'data'>,
  overrides: PushOverrides = {},
): Promise<Push> {
  const push = examplePush(overrides)
  if (!schema) return push
  const read = await schema['~standard'].validate(push.data)
  if (read.issues) throw new Error(`data is invalid for ${name}: ${describeIssues(read.issues)}`)
  return { ...push, data: freezeDeeply(read.value) }
}

/** A pusher with every field filled in. */
export function examplePusher(fields: Partial<Pusher> = {}): Pusher {
  return {
    id: 'lupino',
    email: 'lupino@example.com',
    nickname: 'Lupino',
    phoneNumber: '+15005550006',
    senders: ['sendmail', 'sendsms'],
    tags: ['vip'],
    createdAt: 1_456_403_493,
    timezone: 'Asia/Shanghai',
    locale: 'zh-CN',
    attributes: {},
    ...fields,
  }
}

/** An address with every field filled in; of a browser, give its subscription as the token. */
export function exampleAddress(fields: Partial<Address> = {}): Address {
  return {
    id: '1',
    kind: 'fcm',
    token: 'an-example-token-of-an-app-on-a-phone',
    target: 'com.example.app',
    environment: '',
    platform: 'android',
    locale: 'zh-CN',
    timezone: 'Asia/Shanghai',
    label: 'Pixel',
    createdAt: 1_456_403_493,
    seenAt: 1_456_403_493,
    ...fields,
  }
}

function toRaw(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data)
}

function toData(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}

/** A logger that writes nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** What `create` gets, without an outbox and with an API of which every call fails, unless given. */
export function exampleContext(overrides: Partial<SenderContext> = {}): SenderContext {
  return { api: () => absentApi, log: silentLogger, ...overrides }
}

/**
 * Creates a sender as a worker would: of a definition, with its options from `env`; a plain sender is ready as it is.
 * @throws Error when it says that it is not configured.
 */
export async function createSender(
  sender: Sender | SenderDefinition,
  env: Record<string, string | undefined> = {},
  context: Partial<SenderContext> = {},
): Promise<Sender> {
  if ('send' in sender) return sender
  const made: Sender | NotConfigured = await sender.create(env, exampleContext(context))
  if ('missing' in made) throw new Error(`Sender ${sender.name} is not configured: ${made.missing}`)
  return made
}

const absentApi = new Proxy({} as PushApi, {
  get(_, call) {
    if (call === 'then') return undefined // else awaiting it would call it
    return () => Promise.reject(new Error(`This test gave the sender no API, but it called ${String(call)}`))
  },
})

function ignore(): void {}
