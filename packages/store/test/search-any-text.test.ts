import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CarillonError } from '@carillon/contract'
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

/** @throws anything but a bad query. */
function outcomeOf(text: string): string {
  try {
    return parseSearch(text) && 'parsed'
  } catch (error) {
    if (error instanceof CarillonError) return `${error.code}: ${error.message}`
    throw error
  }
}
