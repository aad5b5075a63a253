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

/** The id of one recipient's message of a broadcast, the same in its page and in a push of its own. */
export function recipientId(broadcast: string, pusher: string): string {
  return `${broadcast}-${pusher}`
}
