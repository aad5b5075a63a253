import { randomBytes } from 'node:crypto'
import type { Protocol } from '@carillon/contract'
import { LiveConsumers } from './consumer/live-consumers.ts'
import { consumerHandler } from './consumer/node-handler.ts'
import type { SnapperOptions, SnapperParts } from './parts.ts'
import { producerHandler } from './producer/tcp-handler.ts'
import { statsHandler } from './stats/http-handler.ts'
import { Tokens } from './token.ts'

const TIMEOUTS = { pingInterval: 25_000, pingTimeout: 60_000, ack: 30_000, renew: 60_000 }

/** Snapper: producers publish to rooms over TCP; consumers get it over engine.io, and acknowledge it. */
export function snapperProtocol(options: SnapperOptions): Protocol {
  const serverId = randomBytes(8).toString('hex')
  const parts: SnapperParts = {
    ...options,
    timeouts: { ...TIMEOUTS, ...options.timeouts },
    serverId,
    tokens: new Tokens(options.apps),
    live: new LiveConsumers(options.hub, serverId),
  }
  const [consumers, producers] = [consumerHandler(parts), producerHandler(parts)]
  return {
    name: 'snapper',
    http: statsHandler(parts),
    node: consumers,
    tcp: producers,
    async stop() {
      await producers.stop()
      await consumers.stop()
    },
  }
}
