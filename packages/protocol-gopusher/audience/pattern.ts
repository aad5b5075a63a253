import { LRUCache } from 'lru-cache'
import { RE2JS } from 're2js'

/** Matches a pattern against a user_tag. */
export interface TagPattern {
  /** Anywhere in the text, unless the pattern itself is anchored; in time linear in its length. */
  test(text: string): boolean
}

/** A pattern that cannot be used; the sentence says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

const LONGEST = 8192
/** Instructions; a pattern is compiled in at most about 0.1 s, and asks each text in a fraction of that. */
const LARGEST = 20_000
const MOST_KEPT = 100

/** Patterns in the syntax of RE2, which knows neither back references nor looking around. */
export class Patterns {
  readonly #kept = new LRUCache<string, TagPattern>({ max: MOST_KEPT })

  /** @throws PatternError */
  get(source: string): TagPattern {
    const pattern = this.#kept.get(source) ?? compile(source)
    this.#kept.set(source, pattern)
    return pattern
  }
}

function compile(source: string): TagPattern {
  if (source.length > LONGEST) throw new PatternError(`The pattern in user_tag can have at most ${LONGEST} characters.`)
  if (mostInstructions(source) > LARGEST)
    throw new PatternError('The pattern in user_tag is too large: its counted repetitions make it very long.')
  try {
    return RE2JS.compile(source)
  } catch (error) {
    throw new PatternError(`The pattern in user_tag is invalid: ${(error as Error).message}`)
  }
}

/**
 * A bound: repetitions are spelled out by the compiler, those of a group with the ones inside of it. Known before
 * anything is compiled, since that is what would take long.
 */
function mostInstructions(source: string): number {
  let ofGroups = 1
  let ofOne = 1
  for (const [, group, from = '0', to = '0'] of source.matchAll(/(\)?)\{(\d{1,9})(?:,(\d{0,9}))?\}/g)) {
    const count = Math.max(Number(from), Number(to), 1)
    if (group) ofGroups *= count
    else ofOne = Math.max(ofOne, count)
  }
  return source.length * ofGroups * ofOne
}
