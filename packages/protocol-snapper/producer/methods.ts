import { isName, LONGEST_CONSUMER, LONGEST_ROOM, LONGEST_USER } from '../limits.ts'
import { rpcErrors, type RpcError } from '../json-rpc.ts'
import type { SnapperParts } from '../parts.ts'
import { publish } from './publish.ts'

/** An answer that is an error. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure'
  readonly error: RpcError

  constructor(error: RpcError) {
    super(error.message)
    this.error = error
  }
}

type Method = (parts: SnapperParts, app: number, params: unknown) => Promise<unknown>

/** What a producer may ask for. */
const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['publish', publishPairs],
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['consumers', countConsumers],
  ['echo', async (_, __, params) => params ?? null],
])

/** @throws RpcFailure */
export async function call(parts: SnapperParts, app: number, method: string, params: unknown): Promise<unknown> {
  const run = methods.get(method)
  if (!run) throw new RpcFailure(rpcErrors.methodNotFound)
  return run(parts, app, params)
}

async function publishPairs(parts: SnapperParts, app: number, params: unknown): Promise<number> {
  if (!Array.isArray(params)) throw new RpcFailure(rpcErrors.invalidParams)
  return publish(parts, app, typeof params[0] === 'string' ? [params] : params)
}

async function subscribe({ queues }: SnapperParts, app: number, params: unknown): Promise<number> {
  const { room, consumer } = membership(params)
  return Number(await queues.join(app, room, consumer))
}

async function unsubscribe({ queues }: SnapperParts, app: number, params: unknown): Promise<number> {
  const { room, consumer } = membership(params)
  return Number(await queues.leave(app, room, consumer))
}

async function countConsumers({ live }: SnapperParts, app: number, params: unknown): Promise<object> {
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
