import { textFields, type TextField } from './fields.ts'
import { isNameField, lexeme, namePrefix, quoted } from './lexemes.ts'
import type { Phrase } from './query.ts'

/** The tsquery of a phrase, as text. */
export function phraseQuery(app: number, { field, words, open }: Omit<Phrase, 'kind'>): string {
  return anyOf(
    fieldsOf(field)
      .filter((one) => field || mayHold(one, words))
      .flatMap((one) => inField(app, one, words, open)),
  )
}

export function anyOf(queries: string[]): string {
  return queries.length === 1 ? queries.join('') : `(${queries.join(' | ')})`
}

/** No field means any. */
export function fieldsOf(field: TextField | null): TextField[] {
  return field ? [field] : textFields
}

/** For `user 1*` the index would have to read every telephone number that begins with 1. */
function mayHold(field: TextField, words: string[]): boolean {
  return field !== 'phoneNumber' || words.length < 2 || words.every((word) => /\p{N}/u.test(word))
}

/** A telephone number may also have been stored without its spaces. */
function inField(app: number, field: TextField, words: string[], open: boolean): string[] {
  if (words.length === 0) return [beginning(lexeme(app, field, ''))]
  if (isNameField(field)) return [beginning(namePrefix(app, field, words).slice(0, open ? -1 : undefined))]
  const together = field === 'phoneNumber' && words.length > 1 ? [adjacent(app, field, [words.join('')], open)] : []
  return [adjacent(app, field, words, open), ...together]
}

function adjacent(app: number, field: TextField, words: string[], open: boolean): string {
  const lexemes = words.map((word) => lexeme(app, field, word))
  const operands = lexemes.map((one, at) => (open && at === lexemes.length - 1 ? beginning(one) : quoted(one)))
  return operands.length === 1 ? operands.join('') : `(${operands.join(' <-> ')})`
}

function beginning(text: string): string {
  return `${quoted(text)}:*`
}
