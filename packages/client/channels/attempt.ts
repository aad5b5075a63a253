import { CarillonError } from '@carillon/contract'

/**
 * Lets the SDK work; it refuses what it is given by a plain Error with a sentence.
 * @throws CarillonError `invalid_field` with that sentence.
 */
export function attempt<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    throw new CarillonError('invalid_field', error.message)
  }
}
