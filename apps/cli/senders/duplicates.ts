import { SetupError } from '@carillon/contract'

interface NamedSender {
  name: string
  /** Where it comes from, as a sentence says it: `is in /srv/bell.ts`. Absent when it is not known. */
  origin?: string
}

/**
 * Refuses two senders of one name: a push names only one.
 * @throws SetupError with the name and, where known, the origins of both
 */
export function refuseDuplicates(senders: readonly NamedSender[]): void {
  const seen = new Map<string, NamedSender>()
  for (const sender of senders) {
    const first = seen.get(sender.name)
    if (first) throw new SetupError(sentenceOf(first, sender))
    seen.set(sender.name, sender)
  }
}

/** The first may come with Carillon, so the second is the one to rename. */
function sentenceOf({ name, origin }: NamedSender, second: NamedSender): string {
  if (!origin || !second.origin) return `Two senders are called ${name}; rename one of them.`
  return `Two senders are called ${name}: one ${origin}, the other ${second.origin}. Rename the other.`
}
