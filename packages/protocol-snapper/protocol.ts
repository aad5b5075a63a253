import { randomBytes } from 'node:crypto'
import type { Protocol } from '@carillon/contract'
import { LiveConsumers } from './consumer/live-consumers.ts'
import { consumerSide } from './consumer/node-side.ts'
import type { SnapperOptions, SnapperParts } from './parts.ts'
import { producerPort } from './producer/tcp-side.ts'
import { statsSide } from './stats/http-side.ts'
import { Tokens } from './token.ts'

const PATIENCE = { pingInterval: 25_000, pingTimeout: 60_000, ack: 30_000, renew: 60_000 }

/** Snapper: producers publish to rooms over TCP; consumers get it over engine.io, and acknowledge it. */
export function snapperProtocol(options: SnapperOptions): Protocol {
  const serverId = randomBytes(8).toString('hex')
  const parts: SnapperParts = {
    ...options,
    patience: { ...PATIENCE, ...options.patience },
    serverId,
    tokens: new Tokens(options.apps),
    live: new LiveConsumers(options.hub, serverId),
  }
  const [consumers, producers] = [consumerSide(parts), producerPort(parts)]
  return {
    name: 'snapper',
    http: statsSide(parts),
    node: consumers,
    tcp: producers,
    async stop() {
      await producers.stop()
      await consumers.stop()
    },
  }
}
