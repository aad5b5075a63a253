import { Pool, type PoolConfig } from 'pg'
import type { GopusherApps, PusherStore } from '@carillon/contract'
import { appRepository } from './apps/apps.ts'
import { gopusherApps } from './apps/gopusher-apps.ts'
import { type BroadcastRepository, broadcastRepository } from './broadcasts/broadcasts.ts'
import { type CallbackRepository, callbackRepository } from './callbacks/callbacks.ts'
import { type LeaseRepository, leaseRepository } from './cluster/leases.ts'
import { type NonceRepository, nonceRepository } from './cluster/nonces.ts'
import { senderRepository } from './cluster/senders.ts'
import { type WorkerRepository, workerRepository } from './cluster/workers.ts'
import { type Database, database } from './database.ts'
import { openEmbedded } from './embedded/embedded.ts'
import { type HistoryRepository, historyRepository } from './history/history.ts'
import { type IdempotencyRepository, idempotencyRepository } from './idempotency/idempotency.ts'
import { migrate } from './migrate.ts'
import { type PushRepository, pushRepository } from './pushes/pushes.ts'
import { pusherStore } from './pushers.ts'
import { type ReportRepository, reportRepository } from './reports/reports.ts'
import type { AppRepository, SenderRepository } from './repositories.ts'
import { type SuppressionRepository, suppressionRepository } from './suppressions/suppressions.ts'

/** Everything that is kept, one repository per aggregate. */
export interface Store {
  pushers: PusherStore
  pushes: PushRepository
  broadcasts: BroadcastRepository
  callbacks: CallbackRepository
  history: HistoryRepository
  reports: ReportRepository
  suppressions: SuppressionRepository
  apps: AppRepository
  gopusherApps: GopusherApps
  senders: SenderRepository
  workers: WorkerRepository
  leases: LeaseRepository
  nonces: NonceRepository
  idempotency: IdempotencyRepository
  /** Rejects while the database cannot be reached. */
  ping(): Promise<void>
  /** Housekeeping that a Postgres server does by itself and the embedded one does not. */
  vacuum(): Promise<void>
  close(): Promise<void>
}

export interface StoreOptions {
  /** Absent: the embedded Postgres in `dataDir`. */
  databaseUrl?: string | undefined
  dataDir: string
  /** Told about connections that broke while idle. */
  onError(error: Error): void
}

/** For a new connection as well as for a busy one to become free. */
const WAIT_FOR_CONNECTION_MS = 15_000
/**
 * Longer than any statement takes. A connection that leads nowhere is never closed by itself: without
 * this its statements, and whoever waits for them, would wait for ever.
 */
const WAIT_FOR_ANSWER_MS = 15_000

/** Opens the store and brings its tables up to date. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { pool, close } = options.databaseUrl ? connectTo(options.databaseUrl) : await openEmbedded(options.dataDir)
  pool.on('error', options.onError)
  try {
    await (options.databaseUrl ? migrateAt(options.databaseUrl) : migrate(pool))
    if (!options.databaseUrl) await endLeases(pool)
  } catch (error) {
    await close()
    throw error
  }
  const vacuum = async () => {
    if (!options.databaseUrl) await pool.query('vacuum analyze')
  }
  return { ...repositories(database(pool)), ping: async () => void (await pool.query('select 1')), vacuum, close }
}

/** The embedded database has one process: what it finds leased was left by its predecessor. */
async function endLeases(pool: Pool): Promise<void> {
  await pool.query(`
    update carillon.pushes set lease_until = now() where finished_at is null and lease_until is not null;
    update carillon.broadcast_pages set lease_until = now() where not done;
    delete from carillon.leases;
    delete from carillon.workers`)
}

function connectTo(connectionString: string): { pool: Pool; close(): Promise<void> } {
  const pool = poolAt(connectionString, { max: 10, query_timeout: WAIT_FOR_ANSWER_MS })
  return { pool, close: () => pool.end() }
}

/** Migrations may take as long as they need, also those of another process. */
async function migrateAt(connectionString: string): Promise<void> {
  const pool = poolAt(connectionString, { max: 1 })
  pool.on('error', () => {}) // a statement that fails says enough
  try {
    await migrate(pool)
  } finally {
    await pool.end()
  }
}

function poolAt(connectionString: string, options: PoolConfig): Pool {
  const pool = new Pool({
    ...options,
    connectionString,
    connectionTimeoutMillis: WAIT_FOR_CONNECTION_MS,
    keepAlive: true,
  })
  // The pool hears of idle connections that break. One in a transaction has no other listener, and would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

function repositories(db: Database): Omit<Store, 'ping' | 'vacuum' | 'close'> {
  return {
    pushers: pusherStore(db),
    pushes: pushRepository(db),
    broadcasts: broadcastRepository(db),
    callbacks: callbackRepository(db),
    history: historyRepository(db),
    reports: reportRepository(db),
    suppressions: suppressionRepository(db),
    apps: appRepository(db),
    gopusherApps: gopusherApps(db),
    senders: senderRepository(db),
    workers: workerRepository(db),
    leases: leaseRepository(db),
    nonces: nonceRepository(db),
    idempotency: idempotencyRepository(db),
  }
}
