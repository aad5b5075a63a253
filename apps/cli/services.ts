import { localAddresses } from '@carillon/api'
import {
  type AddressApi,
  type AddressPacer,
  type Backplane,
  type Cluster,
  type Downloads,
  errorCode,
  type HistoryApi,
  type Logger,
  noTracer,
  type Observer,
  type OnFault,
  type Outbound,
  type PushApi,
  type PusherStore,
  type RateLimiter,
  type SenderFacts,
  type SnapperQueues,
  type Tracer,
} from '@carillon/contract'
import { batch } from '@carillon/async'
import { type Core, createCore, localApi, localHistory } from '@carillon/core'
import { createHub, type Hub } from '@carillon/hub'
import { guardedOutbound } from '@carillon/outgoing'
import type { Queue } from '@carillon/queue'
import sendrealtime from '@carillon/sender-realtime'
import { type NonceRepository, type NonceStore, openStore, type Store } from '@carillon/store'
import type { EmbeddedBoot } from '@carillon/store/boot'
import {
  countMinutes,
  createMetrics,
  everyObserver,
  faultListener,
  logObserver,
  recentBacklogs,
} from '@carillon/telemetry'
import { watchOutages } from './outages.ts'
import { checkReady } from './ready.ts'
import { inMemory } from './shared/in-memory.ts'
import type { Shared } from './shared/shared.ts'

export interface ServiceOptions {
  /** Postgres; absent: the embedded one in `dataDir`, for this process alone. */
  databaseUrl?: string | undefined
  /** Connections to that Postgres at most; default 10. */
  databasePool?: number | undefined
  /** Redis; absent: wake-ups in memory, for this process alone. */
  redisUrl?: string | undefined
  /** How the certificate of a `rediss` server is checked: a file of authorities to trust, or not at all. */
  redisTls?: { ca?: string | undefined; rejectUnauthorized?: boolean | undefined } | undefined
  /** Default `.data`. */
  dataDir?: string
  /** @internal The database in `dataDir`, where it boots already. */
  embedded?: EmbeddedBoot | undefined
  /** Default `pusher`. */
  queuePrefix?: string
  /** Where recipients live, if not in the database. */
  pushers?: PusherStore
  /** Senders whose schemas refuse bad data when it is pushed. */
  senders?: readonly SenderFacts[]
  /** Default seconds after which an unfinished push is dead; default a week. */
  pushTtl?: number
  /** URLs that were given through the API may point at private addresses; default: they may not. */
  allowPrivateHooks?: boolean
  /** ISO 3166 code of the country of phone numbers without a country code; senders have it as `PHONE_COUNTRY`. */
  phoneCountry?: string | undefined
  /** URL at which recipients reach the API, for the links in messages; absent: messages have none. */
  publicUrl?: string | undefined
  /** Such as pino's; default: warnings and errors to standard error. */
  log?: Logger | undefined
  /** Hears what happens to pushes, besides the log and the metrics. */
  observer?: Observer
  /** Traces pushes from the API to their provider; default: no traces. */
  tracer?: Tracer
  /** Also memory, CPU and event loop among the metrics; for one connection of a process. */
  processMetrics?: boolean
}

/** The services that every role uses. Internal parts are not in the published types. */
export interface Services {
  /** @internal */
  store: Store
  pushers: PusherStore
  /** @internal */
  queue: Queue
  /** @internal On which processes speak of their work; opened when it is first asked for. */
  backplane(): Promise<Backplane>
  /** @internal */
  limiter: RateLimiter
  /** @internal */
  pacer: AddressPacer
  /** @internal */
  outbound: Outbound & Downloads
  /** @internal URLs of callers may point at private addresses. */
  allowPrivateHooks: boolean
  /** @internal */
  phoneCountry: string | undefined
  /** @internal */
  publicUrl: string | undefined
  /** @internal */
  core: Core
  /** @internal */
  nonces: NonceStore
  /** @internal */
  pushTtl: number
  /** @internal */
  log: Logger
  /** @internal */
  observer: Observer
  /** @internal */
  tracer: Tracer
  /** What this process counts, and what waits, for Prometheus. */
  metrics: { render(): Promise<string>; contentType: string }
  /** @internal Counts messages that a full queue did not take. */
  onDropped(messages: number): void
  /** @internal The hub of live connections, opened when it is first asked for. */
  live(): Promise<Hub>
  /** @internal Opened when they are first asked for. */
  snapperQueues(): Promise<SnapperQueues>
  /** The API's calls without the HTTP, as one app. */
  api(app: number): PushApi & HistoryApi & AddressApi
  /** @throws CarillonError `unavailable`, naming what cannot be reached. */
  ready(): Promise<void>
  close(): Promise<void>
}

const WEEK_S = 604_800
const DEFAULT_PREFIX = 'pusher'

/** Opens the store and the queue, and brings the tables up to date. */
export async function connect(options: ServiceOptions = {}): Promise<Services> {
  const { log = consoleLog, tracer = noTracer, pushTtl = WEEK_S } = options
  const outages = watchOutages({ server: 'Postgres', ping: () => store.ping(), log })
  const store = await openStore({
    databaseUrl: options.databaseUrl,
    poolSize: options.databasePool,
    dataDir: options.dataDir ?? '.data',
    embedded: options.embedded,
    onError: (error) => log.warn({ code: errorCode(error) }, 'a database connection was lost'),
    onFailure: () => outages.suspect(),
    onNotice: (sentence) => log.warn({}, sentence),
  })
  const { allowPrivateHooks = false, phoneCountry, publicUrl } = options
  const outbound = guardedOutbound({ allowPrivate: allowPrivateHooks })
  const pushers = options.pushers ?? store.pushers
  const backlogs = recentBacklogs(store.senders.backlog)
  const metrics = createMetrics({ backlogs, process: options.processMetrics })
  const onFault = faultListener(log, metrics.fault)
  const shared = await openShared(options, store, log, onFault)
  const { queue, backplane, limiter, pacer } = shared
  const live = liveHub(shared.openCluster, log, onFault)
  const counts = countMinutes({ write: (some) => store.counts.add(some), log })
  const observers = [logObserver(log), metrics.observer, counts.observer]
  const observer = everyObserver([...observers, ...(options.observer ? [options.observer] : [])])
  const senders = new Map((options.senders ?? []).map((sender) => [sender.name, sender]))
  const wakesOnConnect = [sendrealtime, ...senders.values()].filter((one) => one.wakesOnConnect).map(({ name }) => name)
  const core = createCore({
    store,
    pushers,
    queue,
    backplane,
    senders,
    wakesOnConnect,
    publicUrl,
    log,
    observer,
    tracer,
  })
  return {
    store,
    pushers,
    queue,
    backplane,
    limiter,
    pacer,
    outbound,
    allowPrivateHooks,
    phoneCountry,
    publicUrl,
    core,
    nonces: nonceStore(store.nonces),
    pushTtl,
    log,
    observer,
    tracer,
    metrics,
    onDropped: metrics.dropped,
    live: live.hub,
    snapperQueues: shared.snapperQueues,
    api: (app) => ({
      ...localApi(core, pushers, app, pushTtl),
      ...localHistory(store.history, app),
      ...localAddresses(app, { ...store, pushers, allowPrivateHooks, phoneCountry }),
    }),
    ready: () =>
      checkReady({
        store: { ping: () => store.ping(), pingFailed: outages.failed },
        queue: { ping: () => queue.ping(), pingFailed: shared.pingFailed },
      }),
    async close() {
      outages.close()
      await live.close()
      await outbound.close()
      await shared.close()
      await counts.close()
      await store.close()
    },
  }
}

async function openShared(options: ServiceOptions, store: Store, log: Logger, onFault: OnFault): Promise<Shared> {
  const { redisUrl: url, redisTls: tls, queuePrefix: prefix = DEFAULT_PREFIX } = options
  if (!url) return inMemory(store, log, onFault)
  const { onRedis } = await import('./shared/on-redis.ts')
  return onRedis({ url, tls, prefix, log, onFault })
}

/** The hub of this process, opened when it is first asked for. */
function liveHub(
  openCluster: () => Promise<Cluster>,
  log: Logger,
  onFault: OnFault,
): { hub(): Promise<Hub>; close(): Promise<void> } {
  let opened: Promise<{ cluster: Cluster; hub: Hub }> | undefined
  const open = async () => {
    const cluster = await openCluster()
    return { cluster, hub: createHub({ cluster, log, onFault }) }
  }
  return {
    hub: async () => (await (opened ??= open())).hub,
    close: async () => (await opened)?.cluster.close(),
  }
}

const MAX = 500
const CONCURRENCY = 2

/** Nonces of requests that arrive together are used in one statement. */
function nonceStore(nonces: NonceRepository): NonceStore {
  const use = batch(nonces.use, { max: MAX, concurrency: CONCURRENCY })
  return { use: (app, nonce, seconds) => use({ app, nonce, seconds }) }
}

/** For callers that bring no logger. It writes warnings and errors to standard error. */
const consoleLog: Logger = {
  debug: ignore,
  info: ignore,
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
}

function ignore(): void {}
