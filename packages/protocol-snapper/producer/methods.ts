import { setTimeout as pause } from 'node:timers/promises'
import { errorCode, type RoomMessage } from '@carillon/contract'
import type { SnapperDeps } from '../deps.ts'
import { failure, type RpcError, rpcErrors, type RpcRequest, success } from '../json-rpc.ts'
import { isName, LONGEST_CONSUMER, LONGEST_ROOM, LONGEST_USER } from '../limits.ts'

/** Milliseconds between tries to keep what a producer sent without waiting for an answer. */
const TRY_AGAIN_MS = 500

/** Messages that go to the queues in one step: clients send 51 at most, a frame may hold 100,000. */
const AT_ONCE = 500

type ProducerMethod = (deps: SnapperDeps, app: number, params: unknown) => Promise<unknown>

/** What a producer may ask for. */
const methods: ReadonlyMap<string, ProducerMethod> = new Map<string, ProducerMethod>([
  ['publish', publishPairs],
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['consumers', countConsumers],
  ['echo', async (_, __, params) => params ?? null],
])

export async function reply(deps: SnapperDeps, app: number, { id, method, params }: RpcRequest): Promise<string> {
  try {
    return success(id, await call(deps, app, method, params))
  } catch (error) {
    if (error instanceof RpcFailure) return failure(id, error.error)
    report(deps, error)
    return failure(id, rpcErrors.internal)
  }
}

/**
 * Publishes without an answer. Nobody would send it again, so it is tried until it is kept, also when the producer has
 * gone meanwhile.
 * @param mayRetry false once it must end
 */
export async function keep(deps: SnapperDeps, app: number, params: unknown, mayRetry: () => boolean): Promise<void> {
  for (;;) {
    try {
      return void (await call(deps, app, 'publish', params))
    } catch (error) {
      if (error instanceof RpcFailure) return
      report(deps, error)
      if (!mayRetry()) return
      await pause(TRY_AGAIN_MS)
    }
  }
}

function report({ log }: SnapperDeps, error: unknown): void {
  log.warn({ code: errorCode(error) }, 'a request of a Snapper producer failed')
}

/** @throws RpcFailure */
async function call(deps: SnapperDeps, app: number, method: string, params: unknown): Promise<unknown> {
  const run = methods.get(method)
  if (!run) throw new RpcFailure(rpcErrors.methodNotFound)
  return run(deps, app, params)
}

async function publishPairs(deps: SnapperDeps, app: number, params: unknown): Promise<number> {
  if (!Array.isArray(params)) throw new RpcFailure(rpcErrors.invalidParams)
  return publish(deps, app, typeof params[0] === 'string' ? [params] : params)
}

async function subscribe({ queues }: SnapperDeps, app: number, params: unknown): Promise<number> {
  const { room, consumer } = membership(params)
  return Number(await queues.join(app, room, consumer))
}

async function unsubscribe({ queues }: SnapperDeps, app: number, params: unknown): Promise<number> {
  const { room, consumer } = membership(params)
  return Number(await queues.leave(app, room, consumer))
}

async function countConsumers({ live }: SnapperDeps, app: number, params: unknown): Promise<object> {
  const [user] = Array.isArray(params) ? (params as unknown[]) : []
  if (!isName(user, LONGEST_USER)) throw new RpcFailure(rpcErrors.invalidParams)
  const ids = await live.ofUser(app, user)
  const android = ids.filter((id) => id.startsWith('a.')).length
  const ios = ids.filter((id) => id.startsWith('i.')).length
  return { length: ids.length, android, ios, web: ids.length - android - ios }
}

function membership(params: unknown): { room: string; consumer: string } {
  const [room, consumer] = Array.isArray(params) ? (params as unknown[]) : []
  if (isName(room, LONGEST_ROOM) && isName(consumer, LONGEST_CONSUMER)) return { room, consumer }
  throw new RpcFailure(rpcErrors.invalidParams)
}

/**
 * Queues messages for the members of their rooms, and wakes those that are connected.
 * @param pairs of a room and a message; anything else is skipped
 * @returns how many pairs were understood
 */
async function publish(deps: SnapperDeps, app: number, pairs: readonly unknown[]): Promise<number> {
  const understood = pairs.filter(isPair)
  // Nobody can be in a room of another name.
  const messages = understood.filter(([room]) => isName(room, LONGEST_ROOM)).map(roomMessage)
  for (let from = 0; from < messages.length; from += AT_ONCE)
    await queue(deps, app, messages.slice(from, from + AT_ONCE))
  return understood.length
}

async function queue(deps: SnapperDeps, app: number, messages: RoomMessage[]): Promise<void> {
  const { reached, dropped } = await deps.queues.publish(app, messages)
  if (dropped > 0) deps.onDropped?.(dropped)
  if (reached.length > 0) await wake(deps, app, reached)
}

/**
 * The messages are queued already, so a failure here would make the producer send them again. A consumer that misses this
 * looks by itself after a while.
 */
async function wake({ live, log }: SnapperDeps, app: number, ids: string[]): Promise<void> {
  await live.wake(app, ids).catch((error: unknown) => {
    log.warn({ code: errorCode(error) }, 'Snapper consumers could not be notified')
  })
}

function isPair(pair: unknown): pair is [room: string, message: string] {
  return (
    Array.isArray(pair) && pair.length >= 2 && pair.slice(0, 2).every((one) => typeof one === 'string' && one !== '')
  )
}

/** As JSON, which holds any text, and goes to the consumer as it is. */
function roomMessage([room, message]: [string, string]): RoomMessage {
  return { room, message: JSON.stringify(message) }
}

/** An answer that is an error. */
class RpcFailure extends Error {
  override readonly name = 'RpcFailure'
  readonly error: RpcError

  constructor(error: RpcError) {
    super(error.message)
    this.error = error
  }
}
