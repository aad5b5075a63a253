import type { PushAllCommand } from '@carillon/contract'
import type { Database } from '../database.ts'
import type { PushWake } from '../pushes/wake.ts'
import {
  type BroadcastProgress,
  type BroadcastWake,
  cancelBroadcast,
  createBroadcast,
  findBroadcast,
  finishBroadcasts,
  idleBroadcasts,
} from './lifecycle.ts'
import {
  type BroadcastHead,
  openPage,
  openRecipients,
  reclaimPage,
  renewPages,
  returnPage,
  runningBroadcast,
  type TakenPage,
} from './pages.ts'
import { finishPage, recordRecipients, type RecipientRecording } from './recipients.ts'

/** The rows that hold the truth about every broadcast. Each call is one statement. */
export interface BroadcastRepository {
  create(command: PushAllCommand & { name: string }): Promise<BroadcastWake>
  /** @throws CarillonError `broadcast_not_found`. */
  cancel(app: number, name: string): Promise<void>
  finish(ids: string[]): Promise<void>
  find(app: number, name: string): Promise<BroadcastProgress | null>
  idle(withinSeconds: number): Promise<BroadcastWake[]>
  running(id: string): Promise<BroadcastHead | null>
  reclaimPage(id: string, leaseSeconds: number): Promise<TakenPage | null>
  openPage(
    id: string,
    page: { cursor: string | null; next: string | null; pushers: string[] },
    leaseSeconds: number,
  ): Promise<TakenPage | null>
  renewPages(held: { id: string; attempt: number }[], leaseSeconds: number): Promise<string[]>
  returnPage(page: TakenPage): Promise<void>
  openRecipients(id: string, pushers: string[]): Promise<string[]>
  record(recordings: RecipientRecording[], ttl: number): Promise<PushWake[]>
  finishPage(id: string, page: TakenPage): Promise<boolean>
}

export function broadcastRepository(db: Database): BroadcastRepository {
  return {
    create: (command) => createBroadcast(db, command),
    cancel: (app, name) => cancelBroadcast(db, app, name),
    find: (app, name) => findBroadcast(db, app, name),
    finish: (ids) => finishBroadcasts(db, ids),
    idle: (withinSeconds) => idleBroadcasts(db, withinSeconds),
    running: (id) => runningBroadcast(db, id),
    reclaimPage: (id, leaseSeconds) => reclaimPage(db, id, leaseSeconds),
    openPage: (id, page, leaseSeconds) => openPage(db, id, page, leaseSeconds),
    renewPages: (held, leaseSeconds) => renewPages(db, held, leaseSeconds),
    returnPage: (page) => returnPage(db, page),
    openRecipients: (id, pushers) => openRecipients(db, id, pushers),
    record: (recordings, ttl) => recordRecipients(db, recordings, ttl),
    finishPage: (id, page) => finishPage(db, id, page),
  }
}
