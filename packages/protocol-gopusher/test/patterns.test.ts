import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PatternError, Patterns } from '../audience/pattern.ts'

const patterns = new Patterns()

/** Patterns that mean the same to both engines, built of few characters so that they match now and then. */
const simple = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  pattern: fc.oneof(
    { weight: 3, arbitrary: tie('atom') },
    fc.tuple(tie('atom'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '*?')).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(?:${one}|${other})`),
  ),
  atom: fc.oneof(
    fc.constantFrom('a', 'b', '1', '-', '.', '\\d', '\\w', '[ab]', '[^a]', '[a-c1-3]', '^', '$', '\\.'),
    fc.tuple(tie('pattern')).map(([inner]) => `(${inner})`),
  ),
})).pattern
const tag = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '2', '-', '.', 'Z'), maxLength: 12 })

describe("GoPusher's patterns", () => {
  it('match what JavaScript matches, where both speak the same language', () => {
    fc.assert(
      fc.property(simple, fc.array(tag, { minLength: 1, maxLength: 20 }), (source, tags) => {
        fc.pre(isFor(source))
        const [ours, theirs] = [patterns.get(source), new RegExp(source)]
        for (const each of tags) expect(ours.test(each), `${source} on ${each}`).toBe(theirs.test(each))
      }),
      { numRuns: 500 },
    )
  })

  it('are literal texts if they contain no special characters', () => {
    const plain = fc.string({ unit: fc.constantFrom(...Array.from('abcxyz01 ☃ä𝄞_/@:-')), minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(plain, plain, (text, other) => {
        const pattern = patterns.get(text)
        expect(pattern.test(`${other}${text}${other}`)).toBe(true)
        expect(pattern.test(other)).toBe(other.includes(text))
      }),
    )
  })

  it('whatever is given is a pattern or a PatternError', () => {
    const anything = fc.string({
      unit: fc.constantFrom(...Array.from('ab()[]{}*+?|^$\\.-,0129:<>PdwpLQE')),
      maxLength: 30,
    })
    fc.assert(
      fc.property(anything, (source) => {
        expect(['boolean', PatternError]).toContain(whatIs(source))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['of too many characters', 'a'.repeat(8193)],
    ['that repeat a long group often', `(${'a'.repeat(100)}){500}`],
    ['that repeat repetitions', '((a{9}){9}){99}'],
    ['that repeat from a number on', `${'a'.repeat(100)}b{900,}`],
    ['that RE2 refuses', 'a{1001}'],
  ])('%s are refused', (_, source) => {
    expect(() => patterns.get(source)).toThrow(PatternError)
  })

  it.each([
    ['many user_tags', `^(?:${Array.from({ length: 500 }, (_, index) => `user-${index}`).join('|')})$`, 'user-499'],
    ['a UUID', '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
    ['counted groups', '^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$', '192.168.0.1'],
  ])('of %s are not too large', (_, source, matching) => {
    expect(patterns.get(source).test(matching)).toBe(true)
    expect(patterns.get(source).test('nobody')).toBe(false)
  })
})

function whatIs(source: string): unknown {
  try {
    return typeof patterns.get(source).test('ab-12')
  } catch (error) {
    return (error as Error).constructor
  }
}

/** Repeating what repeats already, or an anchor, is an error in one engine or the other. */
function isFor(source: string): boolean {
  try {
    patterns.get(source)
    return RegExp(source) instanceof RegExp
  } catch {
    return false
  }
}
