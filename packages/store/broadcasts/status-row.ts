import type { BroadcastStatus } from '@carillon/contract'

/** A broadcast's counts, as they are read. */
export interface StatusRow extends Record<string, unknown> {
  id: string
  name: string
  sender: string
  tag: string
  state: BroadcastStatus['state']
  exhausted: boolean
  total: number | null
  totalIsEstimate: boolean
  enqueued: number
  sent: number
  skipped: number
  dead: number
  /** Recipients whose first try ended, whichever way. */
  rung: number
  /** The first try of every recipient ended. */
  allRung: boolean
  /** Seconds that first tries took so far, without pauses. */
  ran: number
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

export function toStatus(row: StatusRow): BroadcastStatus {
  const { id, name, sender, tag, state, enqueued, sent, skipped, dead, createdAt, startedAt, finishedAt } = row
  const total = totalOf(row)
  const rate = row.rung > 0 && row.ran > 0 ? rounded(row.rung / row.ran) : null
  const pending = pendingOf(row, total)
  const eta = etaOf(row, total, rate)
  const counts = { enqueued, sent, skipped, dead, pending, rate, eta }
  const estimate = row.totalIsEstimate && !row.exhausted && { totalIsEstimate: true as const }
  return { id, name, sender, tag, state, total, ...estimate, ...counts, createdAt, startedAt, finishedAt }
}

function totalOf({ exhausted, enqueued, total }: StatusRow): number | null {
  if (exhausted) return enqueued
  return total === null ? null : Math.max(total, enqueued)
}

/** Nothing more comes of a broadcast that is over. */
function pendingOf({ finishedAt, sent, skipped, dead }: StatusRow, total: number | null): number | null {
  if (finishedAt !== null) return 0
  return total === null ? null : Math.max(0, total - sent - skipped - dead)
}

/** Retries come when they are due, whatever the rate: of them nothing is foretold. */
function etaOf({ state, allRung, rung }: StatusRow, total: number | null, rate: number | null): number | null {
  if (state !== 'running' || allRung || total === null || rate === null) return null
  return Math.ceil((total - rung) / rate)
}

function rounded(rate: number): number {
  return Math.round(rate * 100) / 100
}
