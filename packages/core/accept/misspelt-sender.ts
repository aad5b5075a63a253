import { nearestName } from '@carillon/contract'
import type { SenderRepository } from '@carillon/store'

interface SenderDeps {
  /** Those that this process has loaded, by name. */
  senders: ReadonlyMap<string, unknown>
  workers: Pick<SenderRepository, 'ofWorkers'>
}

/**
 * Says which sender was meant by a name that no process knows. Undefined for a name that is known, and for one that resembles none:
 * its worker may not have started yet.
 */
export function misspeltSender({ senders, workers }: SenderDeps): (name: string) => Promise<string | undefined> {
  return async (name) => {
    if (senders.has(name)) return undefined
    const known = [...senders.keys(), ...(await workers.ofWorkers())]
    const meant = known.includes(name) ? undefined : nearestName(name, known)
    return meant === undefined ? undefined : `No sender is called ${name}. Did you mean ${meant}?`
  }
}
