import type { ApiDeps } from '@carillon/api'
import type { IdempotencyKey, KeptAnswer } from '@carillon/store'
import {
  type App,
  type AuditRecord,
  type BroadcastStatus,
  CarillonError,
  noTracer,
  type Logger,
  type Pusher,
  type PusherChange,
  type PusherStore,
  type PushAllCommand,
  type PushCommand,
  type PushRecord,
  broadcastName,
  pushName,
  noCategory,
  noTemplate,
  signUserToken,
  type Template,
  type TemplateVersion,
  type Category,
  type Choice,
  type UserScope,
  userScopes,
} from '@carillon/contract'

export const SECRET = 's3cret'

export function appWith(given: Partial<App> = {}): App {
  const secrets = [{ id: 1, secret: SECRET, createdAt: 1 }]
  return {
    id: 1,
    name: 'shop',
    key: 'demo',
    secrets,
    v2Only: false,
    enabled: true,
    settings: {},
    createdAt: 1,
    ...given,
  }
}

/** Of the pusher lupino. */
export function userToken(scope: readonly UserScope[] = userScopes): string {
  return signUserToken({ key: 'demo', secret: SECRET, pusher: 'lupino', now: Math.floor(Date.now() / 1000), scope })
    .token
}

export function examplePusher(given: Partial<Pusher> = {}): Pusher {
  const empty = {
    email: '',
    nickname: '',
    phoneNumber: '',
    senders: [],
    tags: [],
    timezone: '',
    locale: '',
    attributes: {},
  }
  return { id: 'lupino', ...empty, createdAt: 1_456_403_493, ...given }
}

/** All dependencies of the API, in memory, with a record of their calls. */
export interface Fakes extends ApiDeps {
  stored: Map<string, Pusher>
  pushed: PushCommand[]
  broadcasted: PushAllCommand[]
  calls: unknown[][]
  /** What was written down, newest first. */
  audited: AuditRecord[]
  known: App[]
  logged: { fields: object; message: string | undefined }[]
}

/** In open mode unless `given` says otherwise. */
export function fakeParts(given: Partial<Fakes> = {}): Fakes {
  const calls: unknown[][] = []
  const audited: AuditRecord[] = []
  const stored = given.stored ?? new Map([['lupino', examplePusher({ senders: ['sendmail'] })]])
  const known = given.known ?? [appWith()]
  const pushed: PushCommand[] = []
  const broadcasted: PushAllCommand[] = []
  const logged: Fakes['logged'] = []
  let secret: string | undefined
  const made = { stored, pushed, broadcasted, calls, audited, known, logged, log: fakeLog(logged) }
  return {
    ...made,
    pushers: fakeStore(stored, calls),
    core: fakeCore(made),
    apps: fakeApps(known, calls),
    senders: fakeSenders(calls),
    history: fakeHistory(calls),
    nonces: fakeNonces(),
    broadcasts: fakeBroadcasts(calls),
    addresses: fakeAddresses(calls),
    allowPrivateHooks: false,
    suppressions: fakeSuppressions(calls),
    categories: fakeCategories(calls),
    preferences: fakePreferences(calls),
    templates: fakeTemplates(calls),
    reports: { record: async (...call) => void calls.push(['record', ...call]) },
    idempotency: fakeIdempotency(),
    audit: fakeAudit(audited, calls),
    metrics: { render: async () => 'bells 1\n', contentType: 'text/plain' },
    tracer: noTracer,
    open: true,
    firstApp: appWith(),
    pushKey: async () => 'a public key',
    providers: { publicUrl: 'https://bells.example.com/' },
    sharedValues: { get: async (_name, _maxAge, make) => (secret ??= await make()) },
    defaultTtl: 604_800,
    ready: async () => {},
    version: '0.0.1',
    ...given,
  }
}

function fakeStore(stored: Map<string, Pusher>, calls: unknown[][]): PusherStore {
  const answer = (call: unknown[]) => {
    calls.push(call)
    return Promise.resolve({ pushers: [...stored.values()], total: stored.size })
  }
  return {
    getMany: async (_app, ids) => ids.flatMap((id) => stored.get(id) ?? []),
    set: async (_app, id, change, create) => {
      calls.push(['set', id, change, create])
      const found = stored.get(id)
      if (found ?? create) stored.set(id, changed(found ?? examplePusher({ id }), change))
      return found !== undefined || create
    },
    delete: async (_app, id) => stored.delete(id),
    list: (app, options) => answer(['list', app, options]),
    search: (app, query, options) => answer(['search', app, query, options]),
    page: async () => ({ pushers: [], next: null }),
  }
}

function changed(
  pusher: Pusher,
  { fields, addSenders = [], removeSenders = [], addTags = [], removeTags = [] }: PusherChange,
): Pusher {
  const senders = [...pusher.senders, ...addSenders].filter((sender) => !removeSenders.includes(sender))
  const tags = [...pusher.tags, ...addTags].filter((tag) => !removeTags.includes(tag))
  return { ...pusher, ...fields, senders, tags }
}

const NO_ADDRESS = {
  check: 'address',
  state: 'blocks',
  sentence: 'lupino has no email address.',
  action: 'Set it.',
} as const

function fakeCore({
  stored,
  pushed,
  broadcasted,
  calls,
}: Pick<Fakes, 'stored' | 'pushed' | 'broadcasted' | 'calls'>): ApiDeps['core'] {
  return {
    push: async (command) => {
      const pusher = stored.get(command.pusher)
      if (!pusher) throw new CarillonError('pusher_not_found', `pusher ${command.pusher} not exists.`)
      if (!command.force && !pusher.senders.includes(command.sender)) {
        const hint = `how to give ${command.sender}`
        throw new CarillonError('sender_not_enabled', `not such pusher ${command.pusher}`, { hint })
      }
      pushed.push(command)
      return { id: String(pushed.length), name: pushName(command.pusher, command.data) }
    },
    pushAll: async (command) => {
      broadcasted.push(command)
      return { name: broadcastName(command.sender, command.data, command.tag) }
    },
    cancel: async (...call) => {
      calls.push(['cancel', ...call])
      return '7'
    },
    removePusher: async (...call) => void calls.push(['removePusher', ...call]),
    replay: async (...call) => void calls.push(['replay', ...call]),
    replayDead: async (...call) => {
      calls.push(['replayDead', ...call])
      return { replayed: 2, next: null }
    },
    resumeSender: async (...call) => void calls.push(['resumeSender', ...call]),
    resumeBroadcast: async (...call) => void calls.push(['resumeBroadcast', ...call]),
    explain: async (app, query) => {
      calls.push(['explain', app, query])
      return { pusher: query.pusher, sender: query.sender, checks: [NO_ADDRESS] }
    },
    explainAll: async (app, query) => {
      calls.push(['explainAll', app, query])
      return [{ pusher: query.pusher, sender: 'sendmail', checks: [NO_ADDRESS] }]
    },
    misspeltSender: async (name) =>
      name === 'sendmial' ? 'No sender is called sendmial. Did you mean sendmail?' : undefined,
    testMessage: async (sender) => JSON.stringify({ text: `A test of ${sender}` }),
    preview: async () => null,
    templates: fakeTemplateCalls(calls),
    callbacks: { post: async (...call) => void calls.push(['callbacks', ...call]) },
    arrived: async (...call) => void calls.push(['arrived', ...call]),
  }
}

function fakeApps(known: App[], calls: unknown[][]): ApiDeps['apps'] {
  const byId = async (id: number) => known.find((app) => app.id === id) ?? null
  return {
    byId,
    byKey: async (key) => known.find((app) => app.key === key) ?? null,
    list: async () => known,
    enabledAmong: async (ids) => known.filter(({ id, enabled }) => enabled && ids.includes(id)).map(({ id }) => id),
    create: async (app) => {
      calls.push(['create', app])
      return appWith({ id: 2, name: app.name, settings: app.settings ?? {} })
    },
    change: async (id, change) => {
      calls.push(['change', id, change])
      const app = await byId(id)
      if (!app) throw new CarillonError('app_not_found', `There is no app ${id}.`)
      const added =
        change.addSecret === undefined ? [] : [{ id: 7, secret: change.addSecret || 'made-up', createdAt: 2 }]
      return { ...app, secrets: [...app.secrets, ...added] }
    },
    ensureFirst: async () => appWith(),
  }
}

function fakeSenders(calls: unknown[][]): ApiDeps['senders'] {
  return {
    status: async () => [
      {
        name: 'sendmail',
        workers: 1,
        missing: null,
        outbox: null,
        transports: ['SendGrid'],
        paused: false,
        rate: { count: 10, seconds: 1, usedUpUntil: null },
        concurrency: 100,
        breakers: [],
        waiting: 2,
        delayed: 3,
        active: 4,
        oldestDueAge: null,
      },
    ],
    pause: async (...call) => void calls.push(['pause', ...call]),
    resume: async (...call) => void calls.push(['resume', ...call]),
  }
}

const RECORD: PushRecord = {
  id: '1',
  name: 'lupino_1',
  sender: 'sendmail',
  pusher: 'lupino',
  broadcast: null,
  category: null,
  state: 'dead',
  attempt: 1,
  failures: 1,
  acceptedAt: 1.5,
  dueAt: 1.5,
  finishedAt: 2.5,
  reason: 'no',
  messageId: null,
}

function fakeHistory(calls: unknown[][]): ApiDeps['history'] {
  return {
    list: async (...call) => {
      calls.push(['listPushes', ...call])
      return [RECORD]
    },
    find: async (_app, id) => (id === RECORD.id ? { ...RECORD, timeline: [] } : null),
  }
}

export function exampleBroadcast(given: Partial<BroadcastStatus> = {}): BroadcastStatus {
  const counts = { total: 4, enqueued: 4, sent: 1, skipped: 0, dead: 0, pending: 3, deferred: 0, rate: 1, eta: 3 }
  const times = { createdAt: 1, startedAt: 2, finishedAt: null }
  return {
    id: '1',
    name: 'sendmail_1',
    sender: 'sendmail',
    tag: '',
    category: null,
    state: 'running',
    ...counts,
    ...times,
    ...given,
  }
}

function fakeBroadcasts(calls: unknown[][]): ApiDeps['broadcasts'] {
  return {
    status: async (_app, name) => (name === 'none' ? null : exampleBroadcast({ name })),
    list: async (...call) => {
      calls.push(['list', ...call])
      return [exampleBroadcast()]
    },
    recipients: async (...call) => {
      calls.push(['recipients', ...call])
      return call[1] === 'none'
        ? null
        : [{ pusher: 'lupino', outcome: 'sent', messageId: 'm', reason: null, reports: [] }]
    },
    pause: async (...call) => void calls.push(['pauseBroadcast', ...call]),
    cancel: async (...call) => void calls.push(['cancelBroadcast', ...call]),
  }
}

const SUPPRESSION = { id: '1', sender: 'sendmail', address: 'e***@example.com', reason: 'hard bounce', since: 1.5 }

function fakeSuppressions(calls: unknown[][]): ApiDeps['suppressions'] {
  return {
    list: async (...call) => {
      calls.push(['listSuppressions', ...call])
      return [SUPPRESSION]
    },
    add: async (...call) => {
      calls.push(['addSuppression', ...call])
      return SUPPRESSION
    },
    lift: async (_app, id) => {
      if (id !== SUPPRESSION.id) throw new CarillonError('suppression_not_found', `There is no suppression ${id}.`)
    },
  }
}

export function exampleCategory(given: Partial<Category> = {}): Category {
  return { name: 'news', title: 'News', description: '', required: false, default: {}, ...given }
}

/** `news` is optional, and `invoices` required. */
function fakeCategories(calls: unknown[][]): ApiDeps['categories'] {
  const known = [exampleCategory({ name: 'invoices', required: true }), exampleCategory()]
  return {
    list: async () => known,
    find: async (_app, name) => known.find((category) => category.name === name) ?? null,
    put: async (...call) => void calls.push(['putCategory', ...call]),
    exist: async (names) => names.map(({ category }) => known.some(({ name }) => name === category)),
    remove: async (...call) => {
      calls.push(['removeCategory', ...call])
      if (call[1] === 'none') throw noCategory('none')
    },
  }
}

function fakePreferences(calls: unknown[][]): ApiDeps['preferences'] {
  const off: Choice = { category: 'news', sender: null, value: 'off' }
  return {
    find: async () => [off],
    change: async (app, pusher, changes) => void calls.push(['changePreferences', app, pusher, changes]),
  }
}

export function exampleTemplate(given: Partial<TemplateVersion> = {}): TemplateVersion {
  const version = { version: 1, strict: false, category: null, createdAt: 1.5, data: '{"subject":"Hello"}' }
  return { name: 'welcome', sender: 'sendmail', locale: '', ...version, ...given }
}

function withoutData({ data: _data, ...template }: TemplateVersion): Template {
  return template
}

function fakeTemplates(calls: unknown[][]): ApiDeps['templates'] {
  return {
    list: async (...call) => {
      calls.push(['listTemplates', ...call])
      return [withoutData(exampleTemplate())]
    },
    find: async (...call) => {
      calls.push(['findTemplates', ...call])
      return call[1] === 'none' ? [] : [exampleTemplate({ name: call[1] })]
    },
    versions: async (...call) => {
      calls.push(['templateVersions', ...call])
      return call[1] === 'none' ? [] : [withoutData(exampleTemplate({ name: call[1] }))]
    },
    version: async (_app, name, version) => (version > 2 ? null : exampleTemplate({ name, version })),
    remove: async (...call) => {
      calls.push(['removeTemplate', ...call])
      if (call[1] === 'none') throw noTemplate('none')
    },
  }
}

function fakeTemplateCalls(calls: unknown[][]): ApiDeps['core']['templates'] {
  return {
    put: async (app, { data: _data, ...template }) => {
      calls.push(['putTemplate', app, { ...template, data: _data }])
      return { ...template, version: 1, createdAt: 1.5 }
    },
    rollback: async (...call) => {
      calls.push(['rollbackTemplate', ...call])
      return withoutData(exampleTemplate({ name: call[1], version: 3 }))
    },
    preview: async (...call) => {
      calls.push(['previewTemplate', ...call])
      return { subject: 'Hello', text: 'Hello', html: 'Hello' }
    },
    previewDraft: async (draft) => {
      calls.push(['previewDraft', draft])
      return { subject: 'Hello', text: draft.template.data, html: '<p>Hello</p>' }
    },
    issues: async () => [],
    varsOf: () => ['shop'],
    senders: () => ['sendmail', 'sendsms'],
  }
}

function fakeAudit(audited: AuditRecord[], calls: unknown[][]): ApiDeps['audit'] {
  const known = (id: string) => audited.find((entry) => entry.id === id)!
  return {
    async add(entry) {
      audited.unshift({ ...entry, id: String(audited.length + 1), time: 1.5, failure: null })
      return audited[0]!.id
    },
    fail: async (id, failure) => void Object.assign(known(id), { failure }),
    retarget: async (id, target) => void Object.assign(known(id), { target }),
    list: async (...call) => {
      calls.push(['listAudit', ...call])
      return audited
    },
    names: async () => ({
      accounts: [...new Set(audited.map(({ account }) => account))],
      actions: [...new Set(audited.map(({ action }) => action))],
    }),
  }
}

type RegisteredAddress = Awaited<ReturnType<ApiDeps['addresses']['register']>>

export function exampleAddress(given: Partial<RegisteredAddress> = {}): RegisteredAddress {
  const texts = { target: '', environment: '' as const, platform: '', locale: '', timezone: '', label: '' }
  const times = { createdAt: 1.5, seenAt: 2.5, disabledAt: null, reason: null }
  return { id: '1', kind: 'fcm', token: 'the-secret-token-of-a-phone-a1B2c3', ...texts, ...times, ...given }
}

function fakeAddresses(calls: unknown[][]): ApiDeps['addresses'] {
  return {
    register: async (address) => {
      calls.push(['registerAddress', address])
      const { app: _app, pusher: _pusher, ...given } = address
      return exampleAddress(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)))
    },
    list: async (...call) => {
      calls.push(['listAddresses', ...call])
      return [exampleAddress(), exampleAddress({ id: '2', disabledAt: 3.5, reason: 'DeviceTokenNotForTopic' })]
    },
    removeOf: async (_app, pusher, id) => {
      if (id !== '1') throw new CarillonError('address_not_found', `pusher ${pusher} has no address ${id}.`)
    },
  }
}

/** Keys that never expire, in a process that never dies. */
function fakeIdempotency(): ApiDeps['idempotency'] {
  const known = new Map<string, { request: string; answer?: KeptAnswer }>()
  const idOf = ({ app, key }: IdempotencyKey) => `${app} ${key}`
  return {
    claim: async (key) => {
      const found = known.get(idOf(key))
      if (!found) known.set(idOf(key), { request: key.request })
      if (!found) return { is: 'first' }
      if (found.request !== key.request) return { is: 'reused' }
      return found.answer ? { is: 'answered', answer: found.answer } : { is: 'in_flight' }
    },
    keep: async (key, answer) => void known.set(idOf(key), { request: key.request, answer }),
    release: async (key) => void known.delete(idOf(key)),
    removeExpired: async () => 0,
  }
}

function fakeNonces(): ApiDeps['nonces'] {
  const used = new Set<string>()
  return {
    use: async (app, nonce) => {
      const first = !used.has(`${app} ${nonce}`)
      used.add(`${app} ${nonce}`)
      return first
    },
  }
}

function fakeLog(logged: Fakes['logged']): Logger {
  const log = (fields: object, message?: string) => void logged.push({ fields, message })
  return { debug: log, info: log, warn: log, error: log }
}
