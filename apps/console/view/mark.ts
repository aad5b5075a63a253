import { createHash } from 'node:crypto'

/** The query parameter with the mark of what a browser shows, as it opens a stream. */
export const SEEN = 'seen'

/** Tells the content of a page from any other: two contents with the same mark are the same. */
export function markOf(content: string): string {
  return createHash('sha256').update(content.trim()).digest('base64url').slice(0, 16)
}
