import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CarillonError } from '@carillon/contract'
import { jsonBreak } from '../search/json-object.ts'
import { parseSearch } from '../search/parse.ts'
import { searchTexts } from './search-texts.ts'

it('any text is a query or a bad query', () => {
  fc.assert(
    fc.property(searchTexts, (text) => {
      expect(outcomeOf(text)).toMatch(/^(?:parsed|bad_query: .+ at .+: .+\.)$/s)
    }),
    { numRuns: 2000 },
  )
})

it('broken JSON breaks where no more could make it whole', () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', 'x', '"', '\\', ' '))
  fc.assert(
    fc.property(broken, ([text, random, put]) => {
      const at = random % (text.length + 1)
      const spoilt = text.slice(0, at) + put + text.slice(at + 1)
      expect(jsonBreak(spoilt) === spoilt.length || !isJson(spoilt)).toBe(true)
    }),
  )
})

/** @throws anything but a bad query. */
function outcomeOf(text: string): string {
  try {
    return parseSearch(text) && 'parsed'
  } catch (error) {
    if (error instanceof CarillonError) return `${error.code}: ${error.message}`
    throw error
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
