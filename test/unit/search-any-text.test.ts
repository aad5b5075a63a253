import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CarillonError } from '@carillon/contract'
import { jsonBreak } from '../../packages/store/search/json-break.ts'
import { parseSearch } from '../../packages/store/search/parse.ts'

const syntax = fc.array(
  fc.constantFrom(
    'a',
    'nickname:',
    'createdAt:',
    '>',
    '=',
    '5',
    '+',
    '-',
    '"',
    '*',
    '?',
    '\\',
    '^',
    '~',
    '/',
    ' ',
    '李',
    '{',
    '}',
    ':',
  ),
)
const queryString = fc.oneof(
  fc.string({ unit: 'binary' }),
  syntax.map((parts) => parts.join('')),
)
const key = fc.constantFrom(
  'match',
  'term',
  'must',
  'should',
  'must_not',
  'conjuncts',
  'disjuncts',
  'query',
  'min',
  'max',
  'field',
  'prefix',
  'wildcard',
  'match_all',
  'boost',
  'ids',
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a b', 'createdAt', 'id', 5, null, true),
    tie('query'),
    fc.array(tie('query'), { maxLength: 3 }),
  ),
  query: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
})).query

it('any text is a query or a bad query', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        queryString,
        json.map((query) => JSON.stringify(query)),
      ),
      (text) => {
        try {
          expect(parseSearch(text)).toHaveProperty('kind')
        } catch (error) {
          if (!(error instanceof CarillonError)) throw error
          expect(error).toMatchObject({ code: 'bad_query', message: expect.stringMatching(/ at .+: .+\.$/s) })
        }
      },
    ),
    { numRuns: 2000 },
  )
})

it('broken JSON breaks where no more could make it whole', () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', 'x', '"', '\\', ' '))
  fc.assert(
    fc.property(broken, ([text, at, put]) => {
      const spoilt = text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1)
      expect(jsonBreak(spoilt) === spoilt.length || !isJson(spoilt)).toBe(true)
    }),
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
