import { textFields, type TextField } from './fields.ts'
import { isNamed, lexeme, quoted } from './lexemes.ts'
import type { Phrase } from './query.ts'

/** The tsquery of a phrase, as text. */
export function phraseQuery(app: number, phrase: Phrase): string {
  return anyOf(fieldsOf(phrase).map((field) => inField(app, field, phrase)))
}

/** The tsquery of words that begin so, in one field or any. */
export function beginningQuery(app: number, field: TextField | null, word: string): string {
  return phraseQuery(app, { kind: 'phrase', field, words: [word], open: true })
}

export function anyOf(queries: string[]): string {
  return queries.length === 1 ? queries.join('') : `(${queries.join(' | ')})`
}

export function fieldsOf({ field }: { field: TextField | null }): TextField[] {
  return field ? [field] : textFields
}

function inField(app: number, field: TextField, { words, open }: Phrase): string {
  const phrase = adjacent(app, field, words, open)
  if (field !== 'phoneNumber' || words.length < 2) return phrase
  return anyOf([phrase, adjacent(app, field, [words.join('')], open)])
}

function adjacent(app: number, field: TextField, words: string[], open: boolean): string {
  const list = words.length > 0 ? words : ['']
  const operands = list.map((word, at) => operand(app, field, word, open && at === list.length - 1))
  return operands.length === 1 ? operands.join('') : `(${operands.join(' <-> ')})`
}

/** Behind the word of a name stands the whole name. */
function operand(app: number, field: TextField, word: string, open: boolean): string {
  if (open) return `${quoted(lexeme(app, field, word))}:*`
  return isNamed(field) ? `${quoted(`${lexeme(app, field, word)}/`)}:*` : quoted(lexeme(app, field, word))
}
