import {
  broadcastName,
  CarillonError,
  describeIssues,
  type Observer,
  type PushAllCommand,
  type PushCommand,
  type Pusher,
  type PusherStore,
  pushName,
  type Span,
  type StandardSchemaV1,
  type Tracer,
} from '@carillon/contract'
import type { AcceptedPush, BroadcastRepository, NewPush, PushRepository } from '@carillon/store'
import { coalesce } from './coalesce.ts'
import type { Accepted } from './core.ts'
import { parseData } from './data.ts'
import { PAGES_IN_FLIGHT, type Waker } from './wake.ts'

export interface AcceptParts {
  pushers: PusherStore
  pushes: PushRepository
  broadcasts: BroadcastRepository
  waker: Waker
  /** By sender; a sender that this process does not know is checked by its worker. */
  dataSchemas: ReadonlyMap<string, StandardSchemaV1>
  observer: Observer
  tracer: Tracer
}

const BATCH = { max: 1000, lanes: 4 }

/**
 * Accepts pushes: once the row is committed the promise resolves, and only then is a worker woken.
 * Pushes of one tick travel as one statement.
 */
export function acceptPush(parts: AcceptParts): (command: PushCommand) => Promise<Accepted> {
  const { observer } = parts
  const find = coalesce((wanted: Wanted[]) => findPushers(parts.pushers, wanted), {
    ...BATCH,
    onBatch: (size) => observer.batch('find', size),
  })
  const insert = coalesce((pushes: NewPush[]) => insertAndWake(parts, pushes), {
    ...BATCH,
    onBatch: (size) => observer.batch('accept', size),
  })
  return (command) =>
    traced(parts.tracer, command, async (span) => {
      const { app, sender, pusher, data } = command
      await checkData(parts.dataSchemas, command)
      checkPusher(await find({ app, id: pusher }), command)
      const name = pushName(pusher, data)
      const { id } = await insert({ ...command, name, traceparent: span.traceparent })
      span.set({ 'carillon.push': id })
      observer.accepted({ push: id, app, sender })
      return { id, name }
    })
}

/** Accepts a broadcast. */
export function acceptBroadcast(parts: AcceptParts): (command: PushAllCommand) => Promise<{ name: string }> {
  return (command) =>
    traced(parts.tracer, command, async (span) => {
      const { app, sender, data, tag } = command
      await checkData(parts.dataSchemas, command)
      const name = broadcastName(sender, data, tag)
      const wake = await parts.broadcasts.create({ ...command, name, traceparent: span.traceparent })
      parts.waker.broadcast(wake, PAGES_IN_FLIGHT)
      span.set({ 'carillon.broadcast': wake.id })
      parts.observer.broadcastAccepted({ broadcast: wake.id, app, sender })
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

interface Wanted {
  app: number
  id: string
}

async function findPushers(store: PusherStore, wanted: Wanted[]): Promise<(Pusher | undefined)[]> {
  const byApp = Map.groupBy(wanted, ({ app }) => app)
  const found = new Map<number, Map<string, Pusher>>()
  for (const [app, group] of byApp) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ id }) => id))])
    found.set(app, new Map(pushers.map((pusher) => [pusher.id, pusher])))
  }
  return wanted.map(({ app, id }) => found.get(app)?.get(id))
}

async function insertAndWake(parts: AcceptParts, pushes: NewPush[]): Promise<AcceptedPush[]> {
  const accepted = await parts.pushes.accept(pushes)
  const waiting = new Map(accepted.filter((push) => push.waiting).map((push) => [push.id, push]))
  parts.waker.pushes([...waiting.values()])
  return accepted
}

function checkPusher(pusher: Pusher | undefined, { pusher: id, sender, force }: PushCommand): void {
  if (!pusher) throw new CarillonError('pusher_not_found', `pusher ${id} not exists.`)
  if (!force && !pusher.senders.includes(sender)) throw new CarillonError('sender_not_enabled', `not such pusher ${id}`)
}

async function checkData(
  schemas: AcceptParts['dataSchemas'],
  { sender, data }: { sender: string; data: string },
): Promise<void> {
  const schema = schemas.get(sender)
  if (!schema) return
  const { issues } = await schema['~standard'].validate(parseData(data))
  if (issues) throw new CarillonError('invalid_field', `data is not what ${sender} takes: ${describeIssues(issues)}`)
}
