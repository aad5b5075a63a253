import type { Pusher } from '@carillon/contract'

/** A message on its way to a sender: a push's row, or a recipient of a broadcast's page. */
export interface Letter {
  /** The push's id, as the sender sees it. */
  id: string
  app: number
  name: string
  raw: string
  pusher: Pusher
  attempt: number
  failures: number
}
