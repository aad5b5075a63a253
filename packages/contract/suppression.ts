/** An address that a sender leaves alone, until that is lifted. */
export interface Suppression {
  id: string
  sender: string
  /** Masked, such as `l***@example.com`: the address itself is not kept. */
  address: string
  reason: string
  /** Unix seconds. */
  since: number
}

/** Which suppressions are meant; what is absent does not matter. */
export interface SuppressionQuery {
  sender?: string | undefined
  /** As a person writes it. */
  address?: string | undefined
  /** Id of the last one of the page before. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}

/** One spelling for each address: mail in lower case, of phone numbers the digits. */
export function normalAddress(address: string): string {
  const trimmed = address.trim()
  if (/^\+?[\d\s().-]+$/.test(trimmed)) return trimmed.replaceAll(/\D/g, '')
  return trimmed.toLowerCase()
}

/** What may be shown and kept of an address: enough to know one's own by. */
export function maskAddress(address: string): string {
  const normal = normalAddress(address)
  const at = normal.lastIndexOf('@')
  if (at > 0) return `${first(normal.slice(0, at), 1)}***${normal.slice(at)}`
  return `${first(normal, 3)}***${normal.length > 8 ? normal.slice(-2) : ''}`
}

/** By characters, since half of one cannot be stored. */
function first(text: string, count: number): string {
  return Array.from(text).slice(0, count).join('')
}
