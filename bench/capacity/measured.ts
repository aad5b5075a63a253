/*
 * Figures that were measured, copied from docs/benchmarks.md and docs/benchmarks-log.md. The simulation takes the costs,
 * and has to come to the results by itself: each result is of another benchmark than the costs it follows from, or is
 * another figure of the same.
 */

/**
 * Two shared cores of an Intel Xeon, and the day; `fanout` is of the day before. Figures from "What was tried" and "What
 * was removed" are of other days of November 2026, and partly of other machines.
 */
export const measuredOn = { date: '2026-11-30', cores: 2, connections: 64 }

/** "Two writes of a row are 24 µs, 8 to claim it and 16 to record": details of `deliver`. */
export const RECORD_SHARE = 16 / 24

/** CPU in µs for each item, by process. */
export const costs = {
  /** Signed, in a request of its own: `peers-accept`. */
  accept: { api: 97, postgres: 40, redis: 5 },
  /** The table of "What limits each": the load generator, and what the kernel does for the connections. */
  http: { client: 17, kernel: 35 },
  /** `cost`, one worker. */
  deliver: { worker: 23.6, postgres: 31, redis: 1.95 },
  /** `cost`, three workers. */
  deliverByThree: { worker: 44, postgres: 32.5, redis: 2.21 },
  /** A worker's time for a push that it gets directly, in small batches: "What was tried", direct dispatch. */
  dispatched: { worker: 51 },
  /** `broadcast`: the upper ends of 8 to 11 and 10 to 12, as the result is near the upper end of 14 to 18 µs. */
  broadcast: { worker: 11, postgres: 12, redis: 0.2 },
  /** A signed event: "What was removed". Redis was not measured, and is taken from `accept`. */
  publish: { realtime: 64, redis: 7 },
  /** Writing to Redis in the API: "What limits each", the details of `accept`. */
  redisClient: 7,
}

/** Pushes in a statement of `accept`, at 64 connections: "What was tried", batches of the API. */
export const ACCEPT_BATCH = 23
/** Postgres' time to accept a push by itself: the middle of 115 to 145, in "What was tried", accepted as one JSON text. */
const SINGLE_ACCEPT_US = 130
/** What a statement takes in itself: a push by itself pays for all of it, and one of a batch for its share. */
export const statementUs = (SINGLE_ACCEPT_US - costs.accept.postgres) / (1 - 1 / ACCEPT_BATCH)

export const delays = {
  /** A sync of Postgres' log: "0.15 for the disk", in the details of `latency`. */
  syncUs: 150,
  /**
   * Until a sleeping process runs, by BullMQ, which takes 317 µs from `add` to the processor. Redis and the worker are
   * woken once each for it, and are assumed to do half of their 39.7 and 40.8 µs before the processor, and half after it.
   */
  wakeUs: (317 - (40.8 + 39.7) / 2) / 2,
}

export const memory = {
  /** Of a connection, and of V8's young generation, which grew while the connections came: details of `connections`. */
  connectionKb: 4.6,
  youngGenerationMb: 64,
}

/** Deliveries a second in `fanout`, in bursts of this many messages; measured on an Intel Xeon on 29 November 2026. */
export const fanout = { by1: 274_572, by200: 8_094_143 }

/** Of WAL and disk: `cost`, and "How finished pushes are kept", for data of 100 bytes. */
export const bytes = { walOfPush: 1819, kept: 449 }

export interface Result {
  benchmark: string
  figure: string
  measured: number
  /** Why the simulation is more than 20 % off, where it is. */
  outside?: string
}

const WAITS =
  'In `deliver` both processors were idle for a third of the time: the worker waits for Postgres more often than the simulation knows. When Postgres took a third more CPU for a push, this did not show.'
const LOWEST_COST =
  'The cost of an event is the lowest of eight rounds, on another day, and that of Redis was not measured.'

/** What the simulation is compared with. */
export const results = {
  accept: { benchmark: 'accept', figure: 'pushes/s', measured: 9436 },
  deliver: { benchmark: 'deliver', figure: 'pushes/s', measured: 22_260, outside: WAITS },
  deliverInCost: { benchmark: 'cost, one worker', figure: 'pushes/s', measured: 23_213, outside: WAITS },
  deliverByThree: { benchmark: 'cost, three workers', figure: 'pushes/s', measured: 23_255 },
  flow: { benchmark: 'flow', figure: 'pushes/s', measured: 6874 },
  broadcast: { benchmark: 'broadcast', figure: 'recipients/s', measured: 50_742 },
  publish: { benchmark: 'publish', figure: 'events/s', measured: 12_158, outside: LOWEST_COST },
  latency: { benchmark: 'latency', figure: 'p50 ms', measured: 0.286 },
  connections: { benchmark: 'connections', figure: 'KB each', measured: 11.4 },
  fanoutBy10: { benchmark: 'fanout, bursts of 10', figure: 'deliveries/s', measured: 2_214_511 },
} satisfies Readonly<Record<string, Result>>
