import {
  type Backplane,
  type Callbacks,
  CarillonError,
  dataText,
  describeIssues,
  type Explanation,
  type HistoryApi,
  type ListOptions,
  type Logger,
  type Observer,
  type PushAllCommand,
  type PushAllOptions,
  type PushApi,
  type PushCommand,
  type PushData,
  type PusherChange,
  type PusherStore,
  type PushFilter,
  type PushOptions,
  type PushRecord,
  templateVars,
  type Tracer,
} from '@carillon/contract'
import { batch } from '@carillon/async'
import type { Queue } from '@carillon/queue'
import type { HistoryRepository, Store } from '@carillon/store'
import { createTemplates } from '@carillon/template'
import {
  acceptBroadcast,
  type AcceptDeps,
  type Accepted,
  acceptPush,
  insertAfterLookUp,
  insertWithLookUp,
} from './accept/accept.ts'
import { onArrival, replayDead, replayPush } from './accept/make-due.ts'
import { misspeltSender } from './accept/misspelt-sender.ts'
import { testMessage } from './accept/test-message.ts'
import { acceptCallbacks } from './callbacks.ts'
import {
  explainAllWith,
  type ExplainAllQuery,
  type ExplainDeps,
  type ExplainQuery,
  explainWith,
} from './explain/explain.ts'
import { IdleWorkers } from './dispatch/dispatch.ts'
import { notifierOn, PAGES_IN_FLIGHT } from './notifier.ts'
import { type Preview, type PreviewDeps, previewWith } from './preview.ts'
import { wakeOverdue } from './sweep/sweeper.ts'
import { editionReader } from './templates/editions.ts'
import { referTo } from './templates/references.ts'
import { type TemplateCalls, templateCalls, type TemplateDeps } from './templates/templates.ts'

/** What the API does. Each promise resolves once its row is committed. */
export interface Core {
  /**
   * @throws CarillonError `pusher_not_found`, `category_not_found`, or `sender_not_enabled` unless forced, or `invalid_field` when the sender's schema
   * refuses the data. With a template: `template_not_found`, or `invalid_field` when vars are missing.
   */
  push(command: PushCommand): Promise<Accepted>
  /** @throws CarillonError `invalid_field`, `template_not_found` or `category_not_found`, as `push` does. */
  pushAll(command: PushAllCommand): Promise<{ name: string }>
  /**
   * @returns the id of the push, or the name of the broadcast
   * @throws CarillonError `push_not_found` or `broadcast_not_found`: unknown or done; `push_sending`: too late.
   */
  cancel(app: number, sender: string, name: string): Promise<string>
  /** Removes a pusher with its addresses and preferences, cancels its pending pushes and erases its personal data from history. */
  removePusher(app: number, id: string): Promise<void>
  /** @throws CarillonError `push_not_found`, or `conflict` when it is not dead or a push of its name is pending. */
  replay(app: number, id: string): Promise<void>
  /**
   * Replays many dead pushes, newest first, passing over those whose name is pending.
   * @returns how many, and the `after` to go on with; null when that was all.
   */
  replayDead(
    app: number,
    filter: PushFilter & { after?: string | undefined },
  ): Promise<{ replayed: number; next: string | null }>
  /** Resumes a paused sender for an app's pushes. */
  resumeSender(app: number, sender: string): Promise<void>
  /** Says why a pusher is reached through a sender, or what stands in the way. */
  explain(app: number, query: ExplainQuery): Promise<Explanation>
  /** The same through each sender that the pusher has, and then through each other one that there is. */
  explainAll(app: number, query: ExplainAllQuery): Promise<Explanation[]>
  /** Says which sender was meant by a name that no process knows; undefined for one that is known, or resembles none. */
  misspeltSender(name: string): Promise<string | undefined>
  /** A small message that a sender should accept, as the data of a push. */
  testMessage(sender: string): Promise<string>
  /**
   * Renders the data of a push for its pusher as the pusher is stored now.
   * @returns null if its sender is not known here, or shows no previews
   */
  preview(app: number, push: Pick<PushRecord, 'sender' | 'pusher'>, raw: string): Promise<Preview | null>
  templates: TemplateCalls
  /** Calls to other servers, retried until they are accepted. */
  callbacks: Callbacks
  /** Makes the pushes due that wait for a user who has connected. Never rejects. */
  arrived(app: number, user: string): Promise<void>
  /** Resumes a paused broadcast. @throws CarillonError `broadcast_not_found` or `broadcast_done`. */
  resumeBroadcast(app: number, name: string): Promise<void>
}

export interface CoreDeps {
  store: Store
  /** The store's own, or a foreign one. */
  pushers: PusherStore
  queue: Queue
  /** Between processes, for the announcements of idle workers. */
  backplane(): Promise<Backplane>
  /** Those that this process knows, by name. */
  senders: AcceptDeps['senders'] & ExplainDeps['senders'] & PreviewDeps['senders'] & TemplateDeps['senders']
  /** Names of the senders whose pushes wait for live connections. */
  wakesOnConnect: readonly string[]
  /** `PUBLIC_URL`, for the links in previews. */
  publicUrl?: string | undefined
  log: Logger
  observer: Observer
  tracer: Tracer
}

/** Apps whose newest versions of templates are read together. */
const NEWEST_BATCH = { max: 1000, concurrency: 4 }

export function createCore(deps: CoreDeps): Core {
  const { store, pushers, queue, backplane, senders, wakesOnConnect, publicUrl, log, observer, tracer } = deps
  const { pushes, broadcasts, history } = store
  const notifier = notifierOn(queue, log)
  const insertPushes =
    pushers === store.pushers
      ? insertWithLookUp({ pushers, pushes, idleWorkers: new IdleWorkers(backplane, log), notifier, log })
      : insertAfterLookUp({ pushers, pushes })
  const templates = {
    versions: store.templates,
    newest: batch(store.templates.newest, NEWEST_BATCH),
    readEdition: editionReader(store.templates),
    listTemplates: store.templates.list,
    templates: createTemplates(),
  }
  const accepting = {
    pushers,
    insertPushes,
    broadcasts,
    categories: store.categories,
    notifier,
    senders,
    referTo: referTo(templates),
    misspeltSender: misspeltSender({ senders, workers: store.senders }),
    observer,
    tracer,
  }
  return {
    push: acceptPush(accepting),
    pushAll: acceptBroadcast(accepting),
    async cancel(app, sender, name) {
      if (sender === 'pushall') {
        await broadcasts.cancel(app, name).catch(noneToCancel)
        return name
      }
      const push = await pushes.cancel(app, sender, name)
      observer.cancelled({ push, app, sender })
      return push
    },
    async removePusher(app, id) {
      await pushers.delete(app, id)
      await store.addresses.forget(app, id)
      await store.preferences.forget(app, id)
      await pushes.forget(app, id)
    },
    replay: replayPush({ history, notifier, observer }),
    replayDead: replayDead({ history, notifier, observer }),
    async resumeSender(app, sender) {
      await store.senders.resume(app, sender)
      await wakeOverdue({ pushes, notifier }, sender, await pushes.now())
    },
    explain: explainWith({ store, pushers, senders }),
    explainAll: explainAllWith({ store, pushers, senders }),
    misspeltSender: accepting.misspeltSender,
    testMessage: (sender) => testMessage(senders.get(sender)?.data),
    preview: previewWith({ pushers, senders, readEdition: templates.readEdition, publicUrl }),
    templates: templateCalls({ ...templates, categories: store.categories, senders, publicUrl }),
    callbacks: acceptCallbacks({ callbacks: store.callbacks, queue, log }),
    arrived: onArrival({ pushes, notifier, wakesOnConnect, log }),
    async resumeBroadcast(app, name) {
      notifier.broadcast(await broadcasts.resume(app, name), PAGES_IN_FLIGHT)
    },
  }
}

/** The legacy client's call has one answer for what is unknown and for what is over. */
function noneToCancel(error: unknown): never {
  if (!(error instanceof CarillonError) || error.code !== 'broadcast_done') throw error
  throw new CarillonError('broadcast_not_found', error.message)
}

const DEFAULT_LIST: ListOptions = { from: 0, size: 10 }

/** The calls of the HTTP API without HTTP, for one app. Senders get it. @param ttl seconds, unless a push sets its own */
export function localApi(core: Core, pushers: PusherStore, app: number, ttl: number): PushApi {
  const change = async (id: string, set: PusherChange) => {
    if (!(await pushers.set(app, id, set, false)))
      throw new CarillonError('pusher_not_found', `pusher ${id} not exists.`)
  }
  const push = async (sender: string, pusher: string, content: Content, options: PushOptions = {}) => {
    const { schedat = 0, force = false, priority = 'normal', category, urgent } = options
    const rules = { schedat, force, priority, ttl: options.ttl ?? ttl, category, urgent }
    return (await core.push({ app, sender, pusher, ...content, ...rules })).name
  }
  const pushAll = async (
    sender: string,
    content: Content,
    { tag = '', schedat = 0, ...options }: PushAllOptions = {},
  ) => (await core.pushAll({ app, sender, ...content, tag, schedat, ...options })).name
  return {
    getPusher: async (id) => (await pushers.getMany(app, [id]))[0] ?? null,
    getPushers: (options) => pushers.list(app, { ...DEFAULT_LIST, ...options }),
    searchPusher: (query, options) => pushers.search(app, query, { ...DEFAULT_LIST, ...options }),
    addPusher: async (id, fields = {}) => void (await pushers.set(app, id, { fields }, true)),
    updatePusher: (id, { timezone, ...fields }) =>
      change(id, { fields: { ...fields, ...(timezone !== undefined && { timezone: timezone ?? '' }) } }),
    removePusher: (id) => core.removePusher(app, id),
    addTag: (id, tag) => change(id, { addTags: [tag] }),
    removeTag: (id, tag) => change(id, { removeTags: [tag] }),
    addSender: (sender, id) => change(id, { addSenders: [sender] }),
    removeSender: (sender, id) => change(id, { removeSenders: [sender] }),
    push: async (sender, pusher, data, options) => push(sender, pusher, { data: textOf(data) }, options),
    pushAll: async (sender, data, options) => pushAll(sender, { data: textOf(data) }, options),
    pushTemplate: async (sender, pusher, template, vars, options) =>
      push(sender, pusher, templateContent(template, vars), options),
    pushAllTemplate: async (sender, template, vars, options) =>
      pushAll(sender, templateContent(template, vars), options),
    cancelPush: async (sender, name) => void (await core.cancel(app, sender, name)),
  }
}

/** The calls about what became of an app's pushes, without HTTP. */
export function localHistory(history: HistoryRepository, app: number): HistoryApi {
  return { getPushes: (query = {}) => history.list(app, query), getPush: (id) => history.find(app, id) }
}

type Content = Pick<PushCommand, 'data' | 'template'>

function templateContent(template: string, vars: object = {}): Content {
  const read = templateVars.safeParse(vars)
  if (read.error) throw new CarillonError('invalid_field', `vars ${describeIssues(read.error.issues)}`)
  return { data: '', template: { template, vars: read.data } }
}

function textOf(data: PushData): string {
  const text = dataText(data)
  if (text === undefined) throw new CarillonError('invalid_field', 'data must be text, or a JSON object or list')
  return text
}
