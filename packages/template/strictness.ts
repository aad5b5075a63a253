import { Liquid, type RangeToken, type Template, Tokenizer, TypeGuards, type ValueToken } from 'liquidjs'
import { RefusedPart } from './template-error.ts'

const WIDEST = 1e9

/**
 * Refuses what liquidjs takes and should not.
 * @throws RefusedPart
 */
export function refuseUnsafeParts(templates: Template[]): void {
  for (const part of partsOf(templates)) {
    refuseOpenRange(part)
    refuseStrayValue(part)
  }
}

/**
 * liquidjs counts from the lower bound to the upper one, and never arrives where adding 1 changes
 * nothing: 2^53, also as a text or a pusher's value. So only literal numbers are let in.
 */
function refuseOpenRange(part: object): void {
  if (!isRange(part) || (isSmall(part.lhs) && isSmall(part.rhs))) return
  throw new RefusedPart('a range needs two plain numbers, such as (1..5)', part.begin)
}

/** `{{ printf "%s" .NickName }}` would render its first word and say nothing. */
function refuseStrayValue(part: object): void {
  if (!('postfix' in part) || !Array.isArray(part.postfix)) return
  const operands: { begin: number }[] = []
  for (const token of part.postfix) {
    if (!TypeGuards.isOperatorToken(token)) operands.push(token)
    else if (token.operator !== 'not') operands.pop()
  }
  if (operands[1]) throw new RefusedPart('an operator or a | is missing before this', operands[1].begin)
}

function isRange(part: object): part is RangeToken {
  return TypeGuards.isRangeToken(part)
}

function isSmall(bound: ValueToken): boolean {
  return TypeGuards.isNumberToken(bound) && Math.abs(bound.content) <= WIDEST
}

/** Every object below: values may stand in so many places that a list of them would not be complete. */
function* partsOf(root: object): Generator<object> {
  const seen = new Set<object>()
  const waiting = [root]
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    if (seen.has(part) || part instanceof Liquid || part instanceof Tokenizer) continue
    seen.add(part)
    yield part
    for (const value of Object.values(part)) if (typeof value === 'object' && value !== null) waiting.push(value)
  }
}
