import { type Push, type Pusher, type Sender, senderScope } from '@carillon/contract'
import type { AttemptResult, SenderAddress, SuppressionRepository } from '@carillon/store'
import { parseData } from '../data.ts'

/** The recipient of a push or a broadcast, if it names a pusher. */
interface Addressed {
  app: number
  pusher: Pusher | undefined
  raw: string
}

/**
 * Finds the suppressed addresses among many, with one query; with none for a sender that names no addresses.
 * @returns index-aligned; undefined: it may be sent
 */
export async function findSuppressed(
  sender: Sender,
  suppressions: SuppressionRepository,
  many: Addressed[],
): Promise<(AttemptResult | undefined)[]> {
  const results: (AttemptResult | undefined)[] = many.map(() => undefined)
  const wanted = many.map((one) => addressOf(sender, one))
  const asked = wanted.filter((address) => address !== null)
  if (asked.length === 0) return results
  const found = (await suppressions.find(asked)).values()
  return wanted.map((address) => {
    const suppression = address && found.next().value
    return suppression ? refusal(suppression) : undefined
  })
}

/** A sender that throws here throws again when it sends, which reports the error. */
function addressOf(sender: Sender, { app, pusher, raw }: Addressed): SenderAddress | null {
  if (!sender.address || !pusher) return null
  try {
    const address = senderScope.run({ sender: sender.name }, () => sender.address!(new Addressee(pusher, raw)))
    return typeof address === 'string' && address !== '' ? { app, sender: sender.name, address } : null
  } catch {
    return null
  }
}

/** Parses the data only when it is read: that costs more than the query, and most senders read the pusher alone. */
class Addressee implements Pick<Push, 'pusher' | 'data'> {
  readonly pusher: Pusher
  readonly #raw: string

  constructor(pusher: Pusher, raw: string) {
    this.pusher = pusher
    this.#raw = raw
  }

  get data(): unknown {
    return parseData(this.#raw)
  }
}

/** A broadcast counts it as skipped, as it does recipients without an address. */
function refusal({ since, reason }: { since: number; reason: string }): AttemptResult {
  const day = new Date(since * 1000).toISOString().slice(0, 10)
  return { is: 'dead', reason: `the address has been suppressed since ${day}: ${reason}`, noAddress: true }
}
