import { randomUUID } from 'node:crypto'
import { createClient } from '@carillon/client'
import { type Answered, pushOne } from '../benchmarks/latency.ts'
import type { Stage } from '../benchmarks/stage.ts'
import type { Meter } from '../meter.ts'
import type { Program } from '../program.ts'
import { credentials, PUSHERS } from '../push-requests.ts'
import { startRole } from '../role.ts'
import type { PeerName } from './queue.ts'

/** In one call. */
const FILLED_AT_ONCE = 100
const SENT_AT_ONCE = 1000

/** Carillon or a peer, in two processes: one accepts, one works. */
export interface Side {
  name: string
  api: { port: number; pid: number }
  worker: Program
  /** Of the servers that it uses. */
  meter: Meter
  /** Has so many accepted. */
  fill(count: number): Promise<unknown>
  /** One message to each of so many recipients. */
  sendToAll(count: number): Promise<unknown>
  push(): Promise<Answered>
}

export async function carillonSide(stage: Stage): Promise<Side> {
  const api = await startRole('api', stage.servers)
  stage.atEnd(api.stop)
  const client = createClient({ url: `http://127.0.0.1:${api.port}`, ...credentials })
  return {
    name: 'carillon',
    api,
    worker: await stage.program('worker'),
    meter: await stage.meter(),
    async fill(count) {
      for (let from = 0; from < count; from += FILLED_AT_ONCE) await client.pushMany(pushes())
    },
    sendToAll: () => client.pushAll('bench', randomUUID()),
    push: () => pushOne(stage),
  }
}

export async function peerSide(name: string, stage: Stage, peer: PeerName, redisUrl?: string): Promise<Side> {
  const [api, worker] = [await stage.peer(peer, 'api', redisUrl), await stage.peer(peer, 'worker', redisUrl)]
  return {
    name,
    api: { port: await api.ask('port'), pid: api.pid },
    worker,
    meter: await stage.meter(redisUrl),
    fill: (count) => api.ask('addMany', { count, atOnce: FILLED_AT_ONCE }),
    sendToAll: (count) => api.ask('addMany', { count, atOnce: SENT_AT_ONCE }),
    push: () => api.ask('push'),
  }
}

function pushes() {
  const batch = randomUUID()
  return Array.from({ length: FILLED_AT_ONCE }, (_, n) => ({
    sender: 'bench',
    pusher: `p${(n % PUSHERS) + 1}`,
    data: `${batch} ${n}`,
  }))
}
