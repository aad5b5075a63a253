/** `pausing` while workers still send what they had begun; `done` once the last recipient has its outcome. */
export const broadcastStates = ['scheduled', 'running', 'pausing', 'paused', 'done', 'cancelled'] as const

export type BroadcastState = (typeof broadcastStates)[number]

/** How far a broadcast is. Times are unix seconds; recipients are counted once each. */
export interface BroadcastStatus {
  id: string
  name: string
  sender: string
  /** Empty: every pusher that has the sender. */
  tag: string
  state: BroadcastState
  /** Recipients in all: counted when it starts, exact once all are enqueued. Null until then, and where nobody can count. */
  total: number | null
  /** Set when `total` is an estimate rather than a count. */
  totalIsEstimate?: true
  /** In the pages that workers have opened. */
  enqueued: number
  sent: number
  /** Without the address that the sender needs, gone meanwhile, or cancelled. */
  skipped: number
  dead: number
  /** Still without an outcome; null where `total` is. */
  pending: number | null
  /** Recipients per second, while it ran; null before the first. */
  rate: number | null
  /** Seconds until the rest is rung; null unless that can be told. */
  eta: number | null
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}
