import { errorCode, type Logger, type Pusher, type PusherStore, type Sender } from '@carillon/contract'
import type { BroadcastHead, PushResult, SuppressionRepository } from '@carillon/store'
import { findSuppressed } from '../deliver/suppressed.ts'

/** Some recipients of a page; those who left are in neither. */
export interface Recipients {
  sendable: Pusher[]
  /** Of a suppressed address. */
  refused: { pusher: Pusher; refusal: PushResult }[]
}

interface ReadParts {
  sender: Sender
  pushers: PusherStore
  suppressions: SuppressionRepository
  rules: { log: Logger }
}

/** What is known of recipients right before they are rung: a page may wait for its turn for long. Null when it cannot be read now. */
export async function readRecipients(
  parts: ReadParts,
  broadcast: BroadcastHead,
  ids: string[],
): Promise<Recipients | null> {
  try {
    const pushers = await parts.pushers.getMany(broadcast.app, ids)
    const enabled = pushers.filter(({ senders }) => senders.includes(broadcast.sender))
    return await judge(parts, broadcast, enabled)
  } catch (error) {
    const fields = { broadcast: broadcast.id, error: errorCode(error) }
    parts.rules.log.warn(fields, 'the recipients of a broadcast could not be read; they wait')
    return null
  }
}

async function judge(
  { sender, suppressions }: ReadParts,
  { app, data: raw }: BroadcastHead,
  pushers: Pusher[],
): Promise<Recipients> {
  const many = pushers.map((pusher) => ({ app, pusher, raw }))
  const refusals = await findSuppressed(sender, suppressions, many)
  return {
    sendable: pushers.filter((_, index) => !refusals[index]),
    refused: pushers.flatMap((pusher, index) => {
      const refusal = refusals[index]
      return refusal ? [{ pusher, refusal }] : []
    }),
  }
}
