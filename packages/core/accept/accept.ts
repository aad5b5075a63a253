import { batch } from '@carillon/async'
import {
  BROKEN_JSON,
  broadcastName,
  CarillonError,
  describeIssues,
  isReference,
  type Observer,
  type PushAllCommand,
  type PushCommand,
  type Pusher,
  type PusherStore,
  pushName,
  type SenderFacts,
  type Span,
  type StandardSchemaV1,
  type Tracer,
} from '@carillon/contract'
import type { AcceptedPush, BroadcastRepository, CategoryRepository, NewPush, PushRepository } from '@carillon/store'
import { LEASE_S } from '../claim/leases.ts'
import { isBrokenJson, parseData } from '../data.ts'
import { type DispatchDeps, planDispatch } from '../dispatch/dispatch.ts'
import { type Notifier, PAGES_IN_FLIGHT } from '../notifier.ts'
import type { KeptContent, ReferTo } from '../templates/references.ts'
import { unknownCategories } from './categories.ts'

export interface Accepted {
  /** Id of the push's row. */
  id: string
  name: string
}

export interface AcceptDeps {
  pushers: PusherStore
  insertPushes: InsertPushes
  broadcasts: BroadcastRepository
  categories: Pick<CategoryRepository, 'exist'>
  notifier: Notifier
  /** Those that this process has loaded, by name; the data of another is checked by its worker. */
  senders: ReadonlyMap<string, Pick<SenderFacts, 'data' | 'mostData'>>
  referTo: ReferTo
  /** Says which sender was meant by a misspelt name. */
  misspeltSender(name: string): Promise<string | undefined>
  observer: Observer
  tracer: Tracer
}

/** Characters of data, unless a sender says otherwise. */
const MAX_DATA = 1024 * 1024

const BATCH = { max: 1000, concurrency: 4 }

/**
 * Accepts pushes. The promise resolves once the row is committed, and only then is a worker woken.
 * Pushes of one tick are written by one statement.
 */
export function acceptPush(deps: AcceptDeps): (command: PushCommand) => Promise<Accepted> {
  const { observer } = deps
  const accept = batch((pushes: NewPush[]) => acceptAndWake(deps, pushes), {
    ...BATCH,
    onBatch: (size) => observer.batch('accept', size),
  })
  return (command) =>
    traced(deps.tracer, command, async (span) => {
      const { app, sender, pusher } = command
      const content = await keptContent(deps, command, deps.senders.get(sender)?.mostData)
      // What is wrong with the pusher is reported first; that takes a query only here
      if (content instanceof CarillonError)
        throw await withMeantSender(deps, (await refusalBeforeData(deps.pushers, command)) ?? content, sender)
      const name = pushName(pusher, content.data)
      const accepted = await accept({ ...command, ...content, name, traceparent: span.traceparent })
      if (accepted instanceof CarillonError) throw await withMeantSender(deps, accepted, sender)
      const { id } = accepted
      span.set({ 'carillon.push': id })
      observer.accepted({ push: id, app, sender })
      return { id, name }
    })
}

/** A pusher lacks a misspelt sender, and should not be given it. */
async function withMeantSender({ misspeltSender }: AcceptDeps, error: CarillonError, sender: string) {
  if (error.code !== 'sender_not_enabled') return error
  const hint = (await misspeltSender(sender)) ?? error.hint
  return new CarillonError(error.code, error.message, { hint })
}

/** Accepts a broadcast. */
export function acceptBroadcast(deps: AcceptDeps): (command: PushAllCommand) => Promise<{ name: string }> {
  return (command) =>
    traced(deps.tracer, command, async (span) => {
      const { app, sender, tag } = command
      const content = await keptContent(deps, command)
      if (content instanceof CarillonError) throw content
      const [unknown] = await unknownCategories(deps.categories, [{ ...command, ...content }])
      if (unknown) throw unknown
      const name = broadcastName(sender, content.data, tag)
      const wake = await deps.broadcasts.create({ ...command, ...content, name, traceparent: span.traceparent })
      deps.notifier.broadcast(wake, PAGES_IN_FLIGHT)
      span.set({ 'carillon.broadcast': wake.id })
      deps.observer.broadcastAccepted({ broadcast: wake.id, app, sender })
      return { name }
    })
}

async function traced<T>(
  tracer: Tracer,
  { app, sender }: { app: number; sender: string },
  accept: (span: Span) => Promise<T>,
): Promise<T> {
  const attributes = { 'carillon.app': app, 'carillon.sender': sender }
  const span = tracer.begin({ name: `accept ${sender}`, kind: 'producer', attributes })
  try {
    return await accept(span)
  } finally {
    span.end()
  }
}

async function acceptAndWake(deps: AcceptDeps, pushes: NewPush[]): Promise<(AcceptedPush | CarillonError)[]> {
  const answers = await insertOfKnownCategories(deps, pushes)
  const waiting = answers.flatMap((answer) =>
    'waiting' in answer && answer.waiting ? [[answer.id, answer] as const] : [],
  )
  deps.notifier.pushes([...new Map(waiting).values()])
  return answers
}

async function insertOfKnownCategories({ insertPushes, categories }: AcceptDeps, pushes: NewPush[]) {
  if (pushes.every(({ category }) => category === undefined)) return insertPushes(pushes)
  const refusals = await unknownCategories(categories, pushes)
  const answers = await insertPushes(pushes.filter((_, index) => !refusals[index]))
  return refusals.map((refusal) => refusal ?? answers.shift()!)
}

/**
 * The data and the category that are stored of a push or a broadcast, or what is wrong with the data.
 * @param most characters of data
 */
async function keptContent(
  { senders, referTo }: AcceptDeps,
  { app, sender, data, template, category }: Pick<PushCommand, 'app' | 'sender' | 'data' | 'template' | 'category'>,
  most = MAX_DATA,
): Promise<KeptContent | CarillonError> {
  if (!template) return (await faultOf({ sender, data }, senders.get(sender)?.data, most)) ?? { data, category }
  const kept = await referTo(app, sender, template).catch(refusedWith)
  return kept instanceof CarillonError ? kept : { ...kept, category: category ?? kept.category }
}

/** @throws what is no refusal */
function refusedWith(error: unknown): CarillonError {
  if (error instanceof CarillonError) return error
  throw error
}

/** What is wrong with the data of a push or a broadcast. */
async function faultOf(
  { sender, data }: { sender: string; data: string },
  schema: StandardSchemaV1 | undefined,
  most: number,
): Promise<CarillonError | undefined> {
  if (isReference(data)) return new CarillonError('invalid_field', 'data must not begin with the character U+0001')
  if (data.length > most)
    return new CarillonError('too_large', `The data must be at most ${Math.floor(most / MAX_DATA)} MB.`)
  const issues = schema && (await schema['~standard'].validate(parseData(data))).issues
  if (!issues) return undefined
  const problem = isBrokenJson(data) ? BROKEN_JSON : describeIssues(issues)
  return new CarillonError('invalid_field', `data is invalid for ${sender}: ${problem}`)
}

interface InsertDeps {
  pushers: PusherStore
  pushes: PushRepository
}

/** Writes the pushes that may be accepted. @returns for each, index-aligned, its row or why it is refused */
export type InsertPushes = (pushes: NewPush[]) => Promise<(AcceptedPush | CarillonError)[]>

/** Reads the pushers from their store, and then writes their pushes. */
export function insertAfterLookUp({ pushers, pushes: rows }: InsertDeps): InsertPushes {
  return async (pushes) => {
    const found = await findPushers(pushers, pushes)
    const refusals = pushes.map((push, index) => refusalOf(push, found[index]))
    const accepted = await rows.accept(pushes.filter((_, index) => !refusals[index]))
    return refusals.map((refusal) => refusal ?? accepted.shift()!)
  }
}

/**
 * Looks the pushers up in the statement that writes the pushes, where both are in one database. Pushes that an idle
 * worker may send are claimed for it as they are written, and dispatched to it.
 */
export function insertWithLookUp(deps: InsertDeps & DispatchDeps): InsertPushes {
  const insertOthers = insertAfterLookUp(deps)
  return async (pushes) => {
    const plan = planDispatch(deps, pushes)
    const accepted = await deps.pushes.acceptKnown(plan.pushes, LEASE_S)
    plan.dispatch([...new Set(accepted.flatMap((push) => push?.claimed ?? []))])
    const rest = pushes.filter((_, index) => !accepted[index])
    const others = rest.length > 0 ? await insertOthers(rest) : []
    return accepted.map((push) => push ?? others.shift()!)
  }
}

/** Why a push is refused whatever its data is; undefined if it is not. */
async function refusalBeforeData(store: PusherStore, push: PushCommand): Promise<CarillonError | undefined> {
  const [found] = await findPushers(store, [push])
  return refusalOf(push, found)
}

async function findPushers(store: PusherStore, pushes: PushCommand[]): Promise<(Pusher | undefined)[]> {
  const found = new Map<number, Map<string, Pusher>>()
  for (const [app, group] of Map.groupBy(pushes, (push) => push.app)) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ pusher }) => pusher))])
    found.set(app, new Map(pushers.map((pusher) => [pusher.id, pusher])))
  }
  return pushes.map(({ app, pusher }) => found.get(app)?.get(pusher))
}

function refusalOf({ pusher: id, sender, force }: PushCommand, pusher: Pusher | undefined): CarillonError | undefined {
  if (!pusher) {
    const hint = `Store the pusher first: POST /pusher/pushers/ with pusher=${id}.`
    return new CarillonError('pusher_not_found', `pusher ${id} not exists.`, { hint })
  }
  if (!force && !pusher.senders.includes(sender)) {
    const hint = `The pusher exists, but was not given ${sender}: POST /pusher/${sender}/add with pusher=${id} gives it, and force=true pushes without it.`
    return new CarillonError('sender_not_enabled', `not such pusher ${id}`, { hint })
  }
  return undefined
}
