import { Refusal } from '@carillon/request'

/** A part of a path, which may be absent; without NUL, which Postgres cannot look up. @throws Refusal 400 */
export function decode(part: string | undefined): string | undefined {
  try {
    const decoded = part && decodeURIComponent(part)
    if (!decoded?.includes('\0')) return decoded
  } catch {
    // as below
  }
  throw new Refusal(400, 'The path is not percent-encoded UTF-8.')
}
