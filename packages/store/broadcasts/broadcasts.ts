import type { BroadcastRecipient, BroadcastStatus, RecipientQuery } from '@carillon/contract'
import type { Database } from '../database.ts'
import {
  type BroadcastHead,
  type ClaimedPage,
  finishPage,
  type HeldPage,
  type NextPage,
  openPage,
  openRecipients,
  type PageCounts,
  reclaimPage,
  renewPages,
  returnPage,
  runningBroadcast,
} from './pages.ts'
import {
  type BroadcastWakeUp,
  cancelBroadcast,
  createBroadcast,
  finishBroadcasts,
  type IdleBroadcast,
  idleBroadcasts,
  type NewBroadcast,
  pauseBroadcast,
  resumeBroadcast,
  setTotal,
} from './lifecycle.ts'
import { listRecipients } from './recipient-list.ts'
import { recordRecipients, type RecipientRecording, type RecordedRecipients } from './recipients.ts'
import { broadcastStatus, listBroadcasts } from './status.ts'

/** The rows that hold the truth about every broadcast. Each call is one statement, or one transaction. */
export interface BroadcastRepository {
  create(command: NewBroadcast): Promise<BroadcastWakeUp>
  /** @throws CarillonError `broadcast_not_found` or `broadcast_done`. */
  pause(app: number, name: string): Promise<void>
  /** The caller wakes a worker for it. @throws CarillonError `broadcast_not_found` or `broadcast_done`. */
  resume(app: number, name: string): Promise<BroadcastWakeUp>
  /** @throws CarillonError `broadcast_not_found` or `broadcast_done`. */
  cancel(app: number, name: string): Promise<void>
  finish(ids: string[]): Promise<void>
  /** The newest with that name. */
  status(app: number, name: string): Promise<BroadcastStatus | null>
  /** Newest first; `after` is the id of the last one seen. */
  list(app: number, page: { after?: string | undefined; size: number }): Promise<BroadcastStatus[]>
  /** Recipients that have an outcome, ordered by id; null when there is no such broadcast. */
  recipients(app: number, name: string, query: RecipientQuery): Promise<BroadcastRecipient[] | null>
  idle(withinSeconds: number): Promise<IdleBroadcast[]>
  running(id: string): Promise<BroadcastHead | null>
  reclaimPage(id: string, leaseSeconds: number): Promise<ClaimedPage | null>
  openPage(id: string, page: NextPage, rules: { leaseSeconds: number; most: number }): Promise<ClaimedPage | null>
  /** Stores how many recipients were counted. */
  setTotal(id: string, total: { total: number; totalIsEstimate?: true }): Promise<void>
  renewPages(held: HeldPage[], leaseSeconds: number): Promise<string[]>
  returnPage(page: HeldPage): Promise<void>
  openRecipients(id: string, pushers: string[]): Promise<string[]>
  record(recordings: RecipientRecording[], ttl: number): Promise<RecordedRecipients>
  /** `counts`: from a worker that was the only one to send it. False when another worker has claimed it. */
  finishPage(page: HeldPage, counts?: PageCounts): Promise<boolean>
}

export function broadcastRepository(db: Database): BroadcastRepository {
  return {
    create: (command) => createBroadcast(db, command),
    cancel: (app, name) => cancelBroadcast(db, app, name),
    pause: (app, name) => pauseBroadcast(db, app, name),
    resume: (app, name) => resumeBroadcast(db, app, name),
    status: (app, name) => broadcastStatus(db, app, name),
    list: (app, page) => listBroadcasts(db, app, page),
    recipients: (app, name, query) => listRecipients(db, app, name, query),
    finish: (ids) => finishBroadcasts(db, ids),
    idle: (withinSeconds) => idleBroadcasts(db, withinSeconds),
    running: (id) => runningBroadcast(db, id),
    reclaimPage: (id, leaseSeconds) => reclaimPage(db, id, leaseSeconds),
    openPage: (id, page, rules) => openPage(db, id, page, rules),
    setTotal: (id, total) => setTotal(db, id, total),
    renewPages: (held, leaseSeconds) => renewPages(db, held, leaseSeconds),
    returnPage: (page) => returnPage(db, page),
    openRecipients: (id, pushers) => openRecipients(db, id, pushers),
    record: (recordings, ttl) => recordRecipients(db, recordings, ttl),
    finishPage: (page, counts) => finishPage(db, page, counts),
  }
}
