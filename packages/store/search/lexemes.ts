import type { Pusher } from '@carillon/contract'
import { fieldMarks, type TextField } from './fields.ts'
import { phoneForms, words } from './words.ts'

/** As long as a name may be, and twice that fits into a lexeme. */
const LONGEST_NAME = 255
/** Words of a name beyond these are not indexed. */
const MOST_NAME_WORDS = 32

/*
 * The column `words` holds a tsvector of lexemes `{app}{mark of the field}/{word}`, so that a word of
 * one field of one app is one entry of the index, with statistics of its own.
 *
 * Senders and tags are names: each word begins a lexeme that goes on with the words behind it, a slash
 * after each, then one more slash and the whole name. So words and phrases in names are prefixes of
 * lexemes, an exact name is a single lexeme, and a name can be taken away without knowing the others.
 * The tag `Plan Pro` makes `1t/plan/pro//Plan Pro` and `1t/pro//Plan Pro`.
 */

export type NameField = 'senders' | 'tags'

export function isNameField(field: TextField): field is NameField {
  return field === 'senders' || field === 'tags'
}

/** What the lexemes of a field begin with. */
export function fieldPrefix(app: number, field: TextField): string {
  return `${app}${fieldMarks[field]}`
}

export function lexeme(app: number, field: TextField, word: string): string {
  return `${fieldPrefix(app, field)}/${word}`
}

/** What the lexemes begin with of names that hold these words one after another. */
export function namePrefix(app: number, field: NameField, list: string[]): string {
  return lexeme(app, field, list.map((word) => `${word}/`).join(''))
}

/** The lexeme that exactly this sender or tag has. */
export function nameLexeme(app: number, field: NameField, name: string): string {
  return endOfName(app, field, words(name), name)
}

/** At least one, also for a name without a word. */
export function nameLexemes(app: number, field: NameField, name: string): string[] {
  const list = words(name)
  const behind = list.slice(1, MOST_NAME_WORDS).map((_, at) => endOfName(app, field, list.slice(at + 1), name))
  return [nameLexeme(app, field, name), ...behind]
}

function endOfName(app: number, field: NameField, list: string[], name: string): string {
  return `${namePrefix(app, field, list).slice(0, LONGEST_NAME)}/${name.slice(0, LONGEST_NAME)}`
}

/** A tsvector of these fields and names, as text. Words keep their places, for phrases. */
export function vectorText(app: number, pusher: Partial<Pusher>): string {
  const texts = (['id', 'email', 'nickname', 'phoneNumber'] as const).flatMap((field) =>
    words(pusher[field] ?? '').map((word, at) => placed(lexeme(app, field, word), at + 1)),
  )
  const phones = phoneForms(pusher.phoneNumber ?? '').map((form) => placed(lexeme(app, 'phoneNumber', form), 1))
  const names = (['senders', 'tags'] as const).flatMap((field) =>
    (pusher[field] ?? []).flatMap((name) => nameLexemes(app, field, name)),
  )
  return [...texts, ...phones, ...names.map(quoted)].join(' ')
}

/** As tsvectors and tsqueries write it. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function placed(text: string, place: number): string {
  return `${quoted(text)}:${place}`
}
