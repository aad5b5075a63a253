import { randomBytes } from 'node:crypto'
import type { Protocol } from '@carillon/contract'
import { consumerHandler } from './consumer/consumer-handler.ts'
import { LiveConsumers } from './consumer/live-consumers.ts'
import type { SnapperDeps, SnapperOptions } from './deps.ts'
import { producerHandler } from './producer/connection.ts'
import { statsHandler } from './stats.ts'
import { Tokens } from './token.ts'

export type { SnapperOptions }

const TIMEOUTS = { pingInterval: 25_000, pingTimeout: 60_000, ack: 30_000, renew: 60_000 }

/** Snapper: producers publish to rooms over TCP; consumers get it over engine.io, and acknowledge it. */
export function snapperProtocol(options: SnapperOptions): Protocol {
  const serverId = randomBytes(8).toString('hex')
  const deps: SnapperDeps = {
    ...options,
    timeouts: { ...TIMEOUTS, ...options.timeouts },
    serverId,
    tokens: new Tokens(options.apps),
    live: new LiveConsumers(options.hub, serverId),
  }
  const [consumers, producers] = [consumerHandler(deps), producerHandler(deps)]
  return {
    name: 'snapper',
    http: statsHandler(deps),
    node: consumers,
    tcp: producers,
    async stop() {
      await producers.stop()
      await consumers.stop()
    },
  }
}
