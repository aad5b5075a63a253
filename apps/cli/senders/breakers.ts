import type { OpenBreaker, SenderContext } from '@carillon/contract'

type ReadBreaker = Parameters<NonNullable<SenderContext['watchBreaker']>>[0]

/** The breakers of senders' transports. */
export interface WatchedBreakers {
  watch(sender: string, read: ReadBreaker): void
  /** Those of a sender that are open. */
  open(sender: string): OpenBreaker[]
}

export function watchedBreakers(): WatchedBreakers {
  const bySender = new Map<string, ReadBreaker[]>()
  return {
    watch: (sender, read) => void bySender.set(sender, [...(bySender.get(sender) ?? []), read]),
    open: (sender) => (bySender.get(sender) ?? []).flatMap((read) => readSafely(read) ?? []),
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
