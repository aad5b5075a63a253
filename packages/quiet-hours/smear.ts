import { createHash } from 'node:crypto'

/**
 * How long after the quiet hours a push is sent, so that what they held back is not sent all at once: milliseconds, at least 0
 * and less than `seconds`. The id decides, so that a push always has the same delay, and many pushes are spread evenly.
 */
export function smearDelay(id: string, seconds: number): number {
  const hash = createHash('sha256').update(id).digest().readUInt32BE()
  return Math.floor((hash / 2 ** 32) * seconds * 1000)
}
