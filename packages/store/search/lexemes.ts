import type { Pusher } from '@carillon/contract'
import { fieldMarks, type TextField } from './fields.ts'
import { phoneForms, words } from './words.ts'

/** Two names that agree so far share their lexemes. */
const LONGEST_NAME = 200

/*
 * The column `words` holds a tsvector of lexemes `{app}{mark of the field}/{word}`, so that a word of
 * one field of one app is one entry of the index, with statistics of its own. For tags and senders the
 * whole name follows behind another slash: a name can be taken away without knowing the others, and
 * an exact name is a single lexeme. Words hold no slash.
 */

export function lexeme(app: number, field: TextField, word: string): string {
  return `${app}${fieldMarks[field]}/${word}`
}

export function isNamed(field: TextField): boolean {
  return field === 'senders' || field === 'tags'
}

/** The lexeme that exactly this sender or tag has. */
export function nameLexeme(app: number, field: 'senders' | 'tags', name: string): string {
  return nameLexemes(app, field, name)[0] ?? ''
}

/** At least one, also for a name without a word. */
export function nameLexemes(app: number, field: 'senders' | 'tags', name: string): string[] {
  const found = words(name)
  return (found.length > 0 ? found : ['']).map((word) => `${lexeme(app, field, word)}/${name.slice(0, LONGEST_NAME)}`)
}

/** A tsvector of the words of these fields and names, as text. Words keep their places, for phrases. */
export function vectorText(app: number, pusher: Partial<Pusher>): string {
  const fields = (['id', 'email', 'nickname', 'phoneNumber'] as const).map((field) => inPlaces(words(pusher[field] ?? '').map((word) => lexeme(app, field, word))))
  const phones = phoneForms(pusher.phoneNumber ?? '').map((form) => inPlaces([lexeme(app, 'phoneNumber', form)]))
  const names = (['senders', 'tags'] as const).flatMap((field) => (pusher[field] ?? []).map((name) => inPlaces(nameLexemes(app, field, name))))
  return [...fields, ...phones, ...names].filter(Boolean).join(' ')
}

/** As tsvectors and tsqueries write it. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function inPlaces(lexemes: string[]): string {
  return lexemes.map((one, at) => `${quoted(one)}:${at + 1}`).join(' ')
}
