/** An address to which a sender sends nothing until the suppression is lifted. */
export interface Suppression {
  id: string
  sender: string
  /** Masked, such as `l***@example.com`. The address itself is not stored. */
  address: string
  reason: string
  /** Unix seconds. */
  since: number
}

/** Selects suppressions; an absent field does not restrict them. */
export interface SuppressionQuery {
  sender?: string | undefined
  /** As a person writes it. */
  address?: string | undefined
  /** Id of the last one of the page before. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}

/** One spelling for each address: email addresses in lower case, phone numbers as digits. */
export function normalAddress(address: string): string {
  const trimmed = address.trim()
  if (/^\+?[\d\s().-]+$/.test(trimmed)) return trimmed.replaceAll(/\D/g, '')
  return trimmed.toLowerCase()
}

/** The part of an address that may be shown and stored: enough to recognize one's own. */
export function maskAddress(address: string): string {
  const normal = normalAddress(address)
  const at = normal.lastIndexOf('@')
  if (at > 0) return `${first(normal.slice(0, at), 1)}***${normal.slice(at)}`
  return `${first(normal, 3)}***${normal.length > 8 ? normal.slice(-2) : ''}`
}

/** Counts whole characters, because half of one cannot be stored. */
function first(text: string, count: number): string {
  return Array.from(text).slice(0, count).join('')
}
