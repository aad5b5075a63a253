import type { Database } from '../database.ts'
import { type AcceptedPush, acceptKnown, acceptPushes, type NewPush } from './accept.ts'
import { cancelPush, type ExpiredPush, expirePushes } from './cancel.ts'
import {
  databaseNow,
  type DuePlace,
  type DuePush,
  type DueRange,
  makePushesDue,
  type DatabaseTime,
  type OrphanedPushes,
  orphanedPushes,
  sendersWithPushes,
  waitingPushes,
} from './due.ts'
import { forgetPusher } from './forget.ts'
import { type RecordedPushes, type Recording, recordPushes } from './record.ts'
import { type ClaimedPush, claimPushes, claimWithPushers, type Held, renewPushes } from './claim.ts'
import { type PushWakeUp, wakeUpsOf } from './wake-up.ts'

/** The rows that hold the truth about every push. Each call is one statement, or one transaction. */
export interface PushRepository {
  accept(pushes: NewPush[]): Promise<AcceptedPush[]>
  /** Only to pushers of this store that have the sender, unless forced; null for what is not written. */
  acceptKnown(pushes: NewPush[], leaseSeconds: number): Promise<(AcceptedPush | null)[]>
  claim(ids: string[], leaseSeconds: number): Promise<ClaimedPush[]>
  /** With the pushers of this store. */
  claimWithPushers(ids: string[], leaseSeconds: number): Promise<ClaimedPush[]>
  /** @returns the ids that are still held. */
  renew(held: Held[], leaseSeconds: number): Promise<string[]>
  record(recordings: Recording[]): Promise<RecordedPushes>
  /** @returns its id. @throws CarillonError `push_not_found` or `push_sending`. */
  cancel(app: number, sender: string, name: string): Promise<string>
  forget(app: number, pusher: string): Promise<void>
  /** Ends pushes whose ttl is over and that no worker claimed. */
  expire(limit: number): Promise<ExpiredPush[]>
  senders(): Promise<string[]>
  waiting(range: DueRange, limit: number): Promise<DuePush[]>
  /** Wake-ups for those of the ids that wait. */
  wakeUpsOf(ids: string[]): Promise<PushWakeUp[]>
  /** Pushes whose worker's lease ran out. One call reads a limited number of due rows, from the oldest or after a place. */
  orphaned(sender: string, after: DuePlace | null): Promise<OrphanedPushes>
  /** Makes due what these senders put off for a pusher; what the caller scheduled stays as it is. */
  makeDue(app: number, senders: readonly string[], pusher: string): Promise<PushWakeUp[]>
  now(): Promise<DatabaseTime>
}

export function pushRepository(db: Database): PushRepository {
  return {
    accept: (pushes) => acceptPushes(db, pushes),
    acceptKnown: (pushes, leaseSeconds) => acceptKnown(db, pushes, leaseSeconds),
    claim: (ids, leaseSeconds) => claimPushes(db, ids, leaseSeconds),
    claimWithPushers: (ids, leaseSeconds) => claimWithPushers(db, ids, leaseSeconds),
    renew: (held, leaseSeconds) => renewPushes(db, held, leaseSeconds),
    record: (recordings) => recordPushes(db, recordings),
    cancel: (app, sender, name) => cancelPush(db, app, sender, name),
    forget: (app, pusher) => forgetPusher(db, app, pusher),
    expire: (limit) => expirePushes(db, limit),
    senders: () => sendersWithPushes(db),
    waiting: (range, limit) => waitingPushes(db, range, limit),
    wakeUpsOf: (ids) => wakeUpsOf(db, ids),
    orphaned: (sender, after) => orphanedPushes(db, sender, after),
    makeDue: (app, senders, pusher) => makePushesDue(db, app, senders, pusher),
    now: () => databaseNow(db),
  }
}
