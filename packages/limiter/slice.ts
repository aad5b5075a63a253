import type { Rate } from '@carillon/contract'

/** Slices of a rate's second, minute or hour, where its count is large enough. */
const SLICES = 10

/** A short piece of time in which a part of a rate may be spent. */
export interface Slice {
  tokens: number
  milliseconds: number
}

/**
 * Counted by the whole second, minute or hour, all of a rate could be spent at the end of one and
 * all of it again at the start of the next. So a tenth of it, at least one, is counted in a tenth
 * of the time: up to 10 exactly that many fit into any second, above it at most a tenth more.
 */
export function sliceOf({ count, seconds }: Rate): Slice {
  const tokens = Math.ceil(count / SLICES)
  return { tokens, milliseconds: Math.ceil((tokens / count) * seconds * 1000) }
}
