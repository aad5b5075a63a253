import { recipientId } from '@carillon/contract'
import type { TakenPush } from '@carillon/store'

/** A push that came out of a broadcast keeps the id that its first try had there. */
export function letterId({ id, broadcastId, pusher }: TakenPush): string {
  return broadcastId === null ? id : recipientId(broadcastId, pusher)
}
