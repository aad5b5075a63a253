import type { DeliveryReport } from '@carillon/contract'

const LONGEST_REASON = 1000
const LONGEST_ID = 255
const LONGEST_ADDRESS = 320

/** A provider's text in a form that can be stored, or null if it is empty. */
export function reasonText(text: string | undefined): string | null {
  return cut(text, LONGEST_REASON)
}

/** That an address is not to be sent to again, and why; null where there is no reason, or no address. */
export function suppression(address: string, reason: string | undefined): DeliveryReport['suppress'] {
  const shown = cut(address, LONGEST_ADDRESS)
  return reason === undefined || shown === null ? null : { address: shown, reason }
}

export function idText(text: string | undefined): string | null {
  return cut(text, LONGEST_ID)
}

/** Postgres keeps no NUL. */
function cut(text: string | undefined, longest: number): string | null {
  return text?.replaceAll('\0', '').slice(0, longest) || null
}
