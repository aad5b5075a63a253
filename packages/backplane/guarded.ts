import type { OnFault } from '@carillon/contract'

/** A listener of which no throw reaches the process: what it cannot take is reported and dropped. */
export function guarded<Heard extends unknown[]>(
  listener: (...heard: Heard) => void,
  onFault: OnFault,
): (...heard: Heard) => void {
  return (...heard) => {
    try {
      listener(...heard)
    } catch (error) {
      onFault(error)
    }
  }
}
