import type { Priority } from './push-api.ts'

/** A push that was read and checked, on its way into `accept`. */
export interface PushCommand {
  app: number
  sender: string
  pusher: string
  data: string
  /** Unix seconds; 0: now. */
  schedat: number
  force: boolean
  priority: Priority
  /** Seconds. */
  ttl: number
}

/** A broadcast that was read and checked. */
export interface PushAllCommand {
  app: number
  sender: string
  data: string
  /** Empty: every pusher that has the sender. */
  tag: string
  /** Unix seconds; 0: now. */
  schedat: number
}
