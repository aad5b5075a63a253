import { addressKinds, addressOutcomes, type AddressResult, MOST_PROGRESS, type Outcome } from '@carillon/contract'

/** What `shortToken` makes. */
const SHORT_TOKEN = /^….{0,6}$/su

export type OutcomeKind = 'done' | 'later' | 'giveUp' | 'failed'

/** What an outcome or a RetryableError may carry besides. */
export interface AtAddresses {
  progress?: unknown
  ifLast?: Outcome
  addresses?: AddressResult[]
}

/**
 * What an outcome means; an Error, as `sendBatch` may answer, is a failed try.
 * @throws Error if it is not a valid outcome: senders in plain JavaScript can answer anything.
 */
export function outcomeKind(outcome: Outcome | Error): OutcomeKind {
  if (typeof outcome === 'object' && outcome !== null) checkExtras(outcome as AtAddresses)
  const answer: unknown = outcome
  if (answer === undefined) return 'done'
  if (answer instanceof Error) return 'failed'
  if (typeof answer === 'number') return laterOrDone(answer)
  if (typeof answer === 'object' && answer !== null) {
    if ('done' in answer && answer.done === true && hasGoodId(answer)) return 'done'
    if ('later' in answer) return laterOrDone(answer.later)
    if ('giveUp' in answer && typeof answer.giveUp === 'string' && answer.giveUp !== '') return 'giveUp'
  }
  throw new Error(`Not an outcome: ${JSON.stringify(answer)}`)
}

function hasGoodId(answer: object): boolean {
  const messageId: unknown = 'messageId' in answer ? answer.messageId : undefined
  return messageId === undefined || (typeof messageId === 'string' && messageId !== '')
}

function laterOrDone(seconds: unknown): OutcomeKind {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0)
    throw new Error(`Not a number of seconds: ${String(seconds)}`)
  return seconds === 0 ? 'done' : 'later'
}

function checkExtras({ progress, ifLast, addresses = [] }: AtAddresses): void {
  const size = progress === undefined ? 0 : Buffer.byteLength(JSON.stringify(progress) ?? '')
  if (size > MOST_PROGRESS) throw new Error(`Not a progress of at most ${MOST_PROGRESS} bytes: it has ${size}`)
  if (ifLast !== undefined && !/^(done|giveUp)$/.test(outcomeKind(ifLast)))
    throw new Error(`Not an outcome that ends a push: ${JSON.stringify(ifLast)}`)
  for (const result of addresses) {
    if (!isAddressResult(result)) throw new Error(`Not a result of an address: ${JSON.stringify(result)}`)
  }
}

function isAddressResult({ kind, address, outcome }: AddressResult): boolean {
  return addressKinds.includes(kind) && addressOutcomes.includes(outcome) && SHORT_TOKEN.test(address)
}
