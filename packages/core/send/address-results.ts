import { addressKinds, addressOutcomes, type AddressResult, shortToken } from '@carillon/contract'
import { textOf } from './text.ts'

const MOST_RESULTS = 200
const LONGEST_REASON = 300
const LONGEST_MESSAGE_ID = 255
/** Characters of what `shortToken` makes. */
const LONGEST_ADDRESS = 7

const KINDS: ReadonlySet<unknown> = new Set(addressKinds)
const OUTCOMES: ReadonlySet<unknown> = new Set(addressOutcomes)

/**
 * What a sender says that it did at each address, made to fit the history. What is no result is left out, since the message
 * was sent all the same. A token is shortened, however the sender shows it.
 * @returns nothing to record where there is none
 */
export function addressResults(told: unknown): { addresses?: AddressResult[] } {
  if (!Array.isArray(told)) return {}
  const addresses = told.slice(0, MOST_RESULTS).flatMap(resultOf)
  return addresses.length > 0 ? { addresses } : {}
}

function resultOf(told: unknown): AddressResult[] {
  const { kind, address, outcome, messageId, reason } = Object(told) as Partial<AddressResult>
  if (!KINDS.has(kind) || !OUTCOMES.has(outcome)) return []
  return [
    {
      kind: kind!,
      address: shown(textOf(address)),
      outcome: outcome!,
      ...(messageId !== undefined && { messageId: textOf(messageId, LONGEST_MESSAGE_ID) }),
      ...(reason !== undefined && { reason: textOf(reason, LONGEST_REASON) }),
    },
  ]
}

function shown(address: string): string {
  return address.startsWith('…') && address.length <= LONGEST_ADDRESS ? address : shortToken(address)
}
