import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares texts of any length in one time, whatever they hold. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
