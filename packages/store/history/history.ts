import type { DeadGroups, PushFilter, PushHistory, PushQuery, PushRecord } from '@carillon/contract'
import type { Database } from '../database.ts'
import { makeDays, removeDays } from '../days.ts'
import { deadGroups } from './dead.ts'
import { messageOf } from './message.ts'
import { listPushes } from './records.ts'
import { findPush } from './timeline.ts'
import { removeOldBroadcasts } from './remove.ts'
import { type ReplayStep, replayPush, replaySome } from './replay.ts'
import type { PushWakeUp } from '../pushes/wake-up.ts'

/** What became of pushes, the dead among them, until it is too old to be kept. */
export interface HistoryRepository {
  /**
   * Newest first.
   * @param among looks for the state and the reason only among as many of the newest pushes that the other fields select;
   * default: all, which takes longer the rarer they are
   */
  list(app: number, query: PushQuery, among?: number): Promise<PushRecord[]>
  /** Null when there is none. */
  find(app: number, id: string): Promise<PushHistory | null>
  /** The data of a push, as it was accepted; null if there is none, or if it was erased. */
  message(app: number, id: string): Promise<string | null>
  /** The newest dead pushes by sender and reason. @param since unix seconds: without those that died before */
  deadGroups(app: number, since?: number): Promise<DeadGroups>
  /**
   * Lets a dead push wait again, with a whole ttl and no failures; its id stays.
   * @throws CarillonError `push_not_found`, or `conflict` when it is not dead or its name is pending.
   */
  replay(app: number, id: string): Promise<PushWakeUp>
  /** The same for the newest dead pushes below `after`, passing over those whose name is pending. */
  replaySome(app: number, filter: PushFilter, after: string | undefined, limit: number): Promise<ReplayStep>
  /** Makes room for the next days. @param retention seconds that what ended is kept */
  makeDays(retention: number): Promise<void>
  /** Removes days of pushes, events and reports that ended longer ago than `seconds`. @returns whether there is more. */
  removeDays(seconds: number): Promise<boolean>
  /**
   * Removes a day of broadcasts that ended longer ago than `seconds`, or else at most `limit` recipients of one whose day
   * cannot be removed yet. @returns false when there is none.
   */
  removeOldBroadcasts(seconds: number, limit: number): Promise<boolean>
}

export function historyRepository(db: Database): HistoryRepository {
  return {
    list: (app, query, among) => listPushes(db, app, query, among),
    find: (app, id) => findPush(db, app, id),
    message: (app, id) => messageOf(db, app, id),
    deadGroups: (app, since) => deadGroups(db, app, since),
    replay: (app, id) => replayPush(db, app, id),
    replaySome: (app, filter, after, limit) => replaySome(db, app, filter, after, limit),
    makeDays: (retention) => makeDays(db, retention),
    removeDays: (seconds) => removeDays(db, seconds),
    removeOldBroadcasts: (seconds, limit) => removeOldBroadcasts(db, seconds, limit),
  }
}
