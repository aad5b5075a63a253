import type { OpenBreaker, SenderContext } from '@carillon/contract'

type ReadBreaker = Parameters<NonNullable<SenderContext['watchBreaker']>>[0]

/** The breakers of senders' transports. */
export interface WatchedBreakers {
  /** @returns ends it */
  watch(sender: string, read: ReadBreaker): () => void
  /** Those of a sender that are open, `MOST_SHOWN` at most. */
  open(sender: string): OpenBreaker[]
}

/** Browsers may name any number of hosts that fail, and every heartbeat carries what is shown. */
const MOST_SHOWN = 20

export function watchedBreakers(): WatchedBreakers {
  const bySender = new Map<string, Set<ReadBreaker>>()
  return {
    watch(sender, read) {
      const reads = bySender.get(sender) ?? new Set()
      bySender.set(sender, reads.add(read))
      return () => void reads.delete(read)
    },
    open: (sender) => [...(bySender.get(sender) ?? [])].flatMap((read) => readSafely(read) ?? []).slice(0, MOST_SHOWN),
  }
}

/** The heartbeat must not fail because a plugin does. */
function readSafely(read: ReadBreaker): OpenBreaker | null {
  try {
    return read()
  } catch {
    return null
  }
}
