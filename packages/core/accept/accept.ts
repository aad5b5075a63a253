import { batch } from '@carillon/async'
import {
  broadcastName,
  CarillonError,
  describeIssues,
  type Observer,
  type PushAllCommand,
  type PushCommand,
  type PusherStore,
  pushName,
  type SenderFacts,
  type Span,
  type StandardSchemaV1,
  type Tracer,
} from '@carillon/contract'
import type { AcceptedPush, BroadcastRepository, NewPush } from '@carillon/store'
import { isBrokenJson, parseData } from '../data.ts'
import { type Notifier, PAGES_IN_FLIGHT } from '../notifier.ts'
import { type AcceptTogether, refusalBeforeData } from './insert-pushes.ts'

export interface Accepted {
  /** Id of the push's row. */
  id: string
  name: string
}

export interface AcceptDeps {
  pushers: PusherStore
  acceptTogether: AcceptTogether
  broadcasts: BroadcastRepository
  notifier: Notifier
  /** Those that this process has loaded, by name; the data of another is checked by its worker. */
  senders: ReadonlyMap<string, Pick<SenderFacts, 'data' | 'mostData'>>
  observer: Observer
  tracer: Tracer
}

/** Characters of data, unless a sender says otherwise. */
const MOST_DATA = 1024 * 1024

const BROKEN_JSON =
  'it begins like JSON and is not JSON. In a form, write & as %26 and + as %2B; with curl, use --data-urlencode'

const BATCH = { max: 1000, concurrency: 4 }

/**
 * Accepts pushes: once the row is committed the promise resolves, and only then is a worker woken.
 * Pushes of one tick travel as one statement.
 */
export function acceptPush(deps: AcceptDeps): (command: PushCommand) => Promise<Accepted> {
  const { observer } = deps
  const accept = batch((pushes: NewPush[]) => acceptAndWake(deps, pushes), {
    ...BATCH,
    onBatch: (size) => observer.batch('accept', size),
  })
  return (command) =>
    traced(deps.tracer, command, async (span) => {
      const { app, sender, pusher, data } = command
      const { data: schema, mostData = MOST_DATA } = deps.senders.get(sender) ?? {}
      const fault = await faultOf(command, schema, mostData)
      // Whom a push cannot reach at all is told so, whatever the data is; it costs a question only here
      if (fault) throw (await refusalBeforeData(deps.pushers, command)) ?? fault
      const name = pushName(pusher, data)
      const accepted = await accept({ ...command, name, traceparent: span.traceparent })
      if (accepted instanceof CarillonError) throw accepted
      const { id } = accepted
      span.set({ 'carillon.push': id })
      observer.accepted({ push: id, app, sender })
      return { id, name }
    })
}

/** Accepts a broadcast. */
export function acceptBroadcast(deps: AcceptDeps): (command: PushAllCommand) => Promise<{ name: string }> {
  return (command) =>
    traced(deps.tracer, command, async (span) => {
      const { app, sender, data, tag } = command
      const fault = await faultOf(command, deps.senders.get(sender)?.data, MOST_DATA)
      if (fault) throw fault
      const name = broadcastName(sender, data, tag)
      const wake = await deps.broadcasts.create({ ...command, name, traceparent: span.traceparent })
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
  const answers = await deps.acceptTogether(pushes)
  const waiting = answers.flatMap((answer) =>
    'waiting' in answer && answer.waiting ? [[answer.id, answer] as const] : [],
  )
  deps.notifier.pushes([...new Map(waiting).values()])
  return answers
}

/** What is wrong with the data of a push or a broadcast. */
async function faultOf(
  { sender, data }: { sender: string; data: string },
  schema: StandardSchemaV1 | undefined,
  most: number,
): Promise<CarillonError | undefined> {
  if (data.length > most)
    return new CarillonError('too_large', `The data must be at most ${Math.floor(most / MOST_DATA)} MB.`)
  const issues = schema && (await schema['~standard'].validate(parseData(data))).issues
  if (!issues) return undefined
  const problem = isBrokenJson(data) ? BROKEN_JSON : describeIssues(issues)
  return new CarillonError('invalid_field', `data is not what ${sender} takes: ${problem}`)
}
