import type { Priority } from '@carillon/contract'

/** A push that some worker must be told about. */
export interface PushWake {
  id: string
  sender: string
  priority: Priority
  /** Milliseconds until it is due, by the database's clock. */
  delay: number
}

export const PRIORITY_NUMBER: Record<Priority, number> = { high: 1, normal: 0, low: -1 }

export function priorityOf(number: number): Priority {
  if (number > 0) return 'high'
  return number < 0 ? 'low' : 'normal'
}
