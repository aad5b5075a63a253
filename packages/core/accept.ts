import {
  broadcastName,
  CarillonError,
  describeIssues,
  type PushAllCommand,
  type PushCommand,
  type Pusher,
  type PusherStore,
  pushName,
  type StandardSchemaV1,
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
}

/**
 * Accepts pushes: once the row is committed the promise resolves, and only then is a worker woken.
 * Pushes of one tick travel as one statement.
 */
export function acceptPush(parts: AcceptParts): (command: PushCommand) => Promise<Accepted> {
  const find = coalesce((wanted: Wanted[]) => findPushers(parts.pushers, wanted), { max: 1000, lanes: 4 })
  const insert = coalesce((pushes: NewPush[]) => insertAndWake(parts, pushes), { max: 1000, lanes: 4 })
  return async (command) => {
    await checkData(parts.dataSchemas, command)
    checkPusher(await find({ app: command.app, id: command.pusher }), command)
    const name = pushName(command.pusher, command.data)
    const { id } = await insert({ ...command, name })
    return { id, name }
  }
}

/** Accepts a broadcast. */
export function acceptBroadcast(parts: AcceptParts): (command: PushAllCommand) => Promise<{ name: string }> {
  return async (command) => {
    await checkData(parts.dataSchemas, command)
    const name = broadcastName(command.sender, command.data, command.tag)
    parts.waker.broadcast(await parts.broadcasts.create({ ...command, name }), PAGES_IN_FLIGHT)
    return { name }
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
