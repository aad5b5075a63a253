import type { EnabledApps, Logger, SnapperQueues } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { LiveConsumers } from './consumer/live-consumers.ts'
import type { Tokens } from './token.ts'

export interface SnapperOptions {
  hub: Hub
  apps: EnabledApps
  queues: SnapperQueues
  log: Logger
  /** The version of the server, for `/stats`. */
  version: string
  /** Hears of messages that full queues did not take. */
  onDropped?: ((messages: number) => void) | undefined
  timeouts?: Partial<Timeouts>
}

/** Milliseconds. */
interface Timeouts {
  /** Between the pings that a consumer is asked for. */
  pingInterval: number
  /** Further time until a silent consumer counts as gone. */
  pingTimeout: number
  /** Until a batch is sent again. */
  ack: number
  /** Between renewals of a live consumer's queue; well within what an abandoned one has to live. */
  renew: number
}

/** Dependencies that all handlers of the protocol share. */
export interface SnapperDeps extends SnapperOptions {
  tokens: Tokens
  live: LiveConsumers
  timeouts: Timeouts
  /** Names this process among others. */
  serverId: string
}
