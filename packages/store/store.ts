import type { Archives, GopusherApps, PusherStore, SessionCallbacks, Sessions, SharedValues } from '@carillon/contract'
import { type AddressRepository, addressRepository } from './addresses/addresses.ts'
import { type AppRepository, appRepository } from './apps/apps.ts'
import { gopusherApps } from './apps/gopusher-apps.ts'
import { archiveRepository } from './archives/archives.ts'
import { type CategoryRepository, categoryRepository } from './audience/categories.ts'
import { type PreferenceRepository, preferenceRepository } from './audience/preferences.ts'
import { type BroadcastRepository, broadcastRepository } from './broadcasts/broadcasts.ts'
import { type CallbackRepository, callbackRepository } from './callbacks/callbacks.ts'
import { type LeaseRepository, leaseRepository, type WorkerRepository, workerRepository } from './cluster/processes.ts'
import { type NonceRepository, nonceRepository } from './cluster/nonces.ts'
import { type SenderRepository, senderRepository } from './cluster/senders.ts'
import { sharedValues } from './cluster/shared-values.ts'
import { type CountRepository, countRepository } from './counts/counts.ts'
import { type AuditRepository, auditRepository } from './console/audit.ts'
import { type LoginRepository, loginRepository } from './console/logins.ts'
import { type Database, database } from './database.ts'
import { EmbeddedBoot } from './embedded/boot.ts'
import { openEmbedded } from './embedded/embedded.ts'
import { vacuum } from './embedded/vacuum.ts'
import { type HistoryRepository, historyRepository } from './history/history.ts'
import { type IdempotencyRepository, idempotencyRepository } from './idempotency/idempotency.ts'
import { openServer } from './open/server.ts'
import { type PushRepository, pushRepository } from './pushes/pushes.ts'
import { pusherStore } from './pushers.ts'
import { type ReportRepository, reportRepository } from './reports/reports.ts'
import { sessionCallbackRepository, sessionRepository } from './sessions/sessions.ts'
import { type SnapperQueueRepository, snapperQueueRepository } from './snapper/queues.ts'
import { type SuppressionRepository, suppressionRepository } from './suppressions/suppressions.ts'
import { type TemplateRepository, templateRepository } from './templates/templates.ts'

/** Changes nothing, but is refused by a server that takes no writes. */
const WRITE = 'delete from carillon.leases where false'

/** Everything that is kept, one repository per aggregate. */
export interface Store {
  pushers: PusherStore
  addresses: AddressRepository
  pushes: PushRepository
  broadcasts: BroadcastRepository
  callbacks: CallbackRepository
  history: HistoryRepository
  reports: ReportRepository
  suppressions: SuppressionRepository
  templates: TemplateRepository
  categories: CategoryRepository
  preferences: PreferenceRepository
  apps: AppRepository
  gopusherApps: GopusherApps
  sessions: Sessions
  archives: Archives
  sessionCallbacks: SessionCallbacks
  /** For live connections without Redis. */
  snapperQueues: SnapperQueueRepository
  senders: SenderRepository
  workers: WorkerRepository
  leases: LeaseRepository
  nonces: NonceRepository
  sharedValues: SharedValues
  idempotency: IdempotencyRepository
  logins: LoginRepository
  audit: AuditRepository
  counts: CountRepository
  /** Rejects while the database cannot be reached, or takes no writes. */
  ping(): Promise<void>
  /** Housekeeping that a Postgres server does by itself and the embedded one does not. */
  vacuum(): Promise<void>
  close(): Promise<void>
}

export interface StoreOptions {
  /** Absent: the embedded Postgres in `dataDir`. */
  databaseUrl?: string | undefined
  /** Connections to that server at most; default 10. */
  poolSize?: number | undefined
  dataDir: string
  /** That Postgres, where it boots already. */
  embedded?: EmbeddedBoot | undefined
  /** Told about connections that broke while idle. */
  onError(error: Error): void
  /** Called when a connection cannot be made, breaks, or leads to a server that accepts no writes. */
  onFailure?(): void
  /** Told what the operator should know of the data directory. */
  onNotice?(sentence: string): void
}

/**
 * Opens the store and brings its tables up to date.
 * @throws SetupError when the database cannot be reached or used: a sentence that says what to do.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, dataDir, embedded, onError, onFailure, onNotice } = options
  const { pool, notices, close } = databaseUrl
    ? await openServer(databaseUrl, options.poolSize)
    : await openEmbedded(embedded ?? new EmbeddedBoot(dataDir))
  for (const notice of notices) onNotice?.(notice)
  pool.on('error', (error) => {
    onError(error)
    onFailure?.()
  })
  const db = database(pool, onFailure)
  return {
    ...repositories(db),
    ping: async () => void (await pool.query(WRITE)),
    async vacuum() {
      if (!databaseUrl) await vacuum(db)
    },
    close,
  }
}

function repositories(db: Database): Omit<Store, 'ping' | 'vacuum' | 'close'> {
  return {
    pushers: pusherStore(db),
    addresses: addressRepository(db),
    pushes: pushRepository(db),
    broadcasts: broadcastRepository(db),
    callbacks: callbackRepository(db),
    history: historyRepository(db),
    reports: reportRepository(db),
    suppressions: suppressionRepository(db),
    templates: templateRepository(db),
    categories: categoryRepository(db),
    preferences: preferenceRepository(db),
    apps: appRepository(db),
    gopusherApps: gopusherApps(db),
    sessions: sessionRepository(db),
    archives: archiveRepository(db),
    sessionCallbacks: sessionCallbackRepository(db),
    snapperQueues: snapperQueueRepository(db),
    senders: senderRepository(db),
    workers: workerRepository(db),
    leases: leaseRepository(db),
    nonces: nonceRepository(db),
    sharedValues: sharedValues(db),
    idempotency: idempotencyRepository(db),
    logins: loginRepository(db),
    audit: auditRepository(db),
    counts: countRepository(db),
  }
}
