import { type SQL, sql } from 'drizzle-orm'
import type { Pusher, PusherChange } from '@carillon/contract'
import { pushers } from '../schema/pusher.ts'

/** Longer words are cut: a lexeme of Postgres holds 2046 bytes. */
const LONGEST_WORD = 255
/** Words of one value beyond these are not indexed. */
const MOST_WORDS = 256

const unspaced = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const alphanumeric = String.raw`\p{L}\p{N}`

/**
 * Runs of letters and digits. In scripts that put no spaces between words each character is a
 * word, so that a part of a Chinese name is found as a phrase; so is an emoji.
 */
const WORD = new RegExp(
  [
    String.raw`[\p{ExtPict}\p{RI}]`,
    String.raw`[[${unspaced}]&&[${alphanumeric}]]\p{M}*`,
    String.raw`[[${alphanumeric}]--[${unspaced}]][[${alphanumeric}\p{M}]--[${unspaced}]]*`,
  ].join('|'),
  'gv',
)

const UNSPACED = new RegExp(`[\\p{ExtPict}\\p{RI}${unspaced}]`, 'v')

/**
 * The words of a text in lower case: letters, digits and marks only, so they are safe in LIKE
 * patterns. Done here rather than in SQL, whose `lower` knows only ASCII in a database of locale C.
 */
export function words(text: string): string[] {
  const found = normalized(text).match(WORD) ?? []
  return found.slice(0, MOST_WORDS).map((word) => word.slice(0, LONGEST_WORD))
}

export function normalized(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** Whether some characters of this text are words of their own. */
export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text)
}

const CALLING_CODE = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/

/** How a telephone number may be asked for, whatever its spaces and dashes: with and without `+` and country. */
export function phoneForms(phoneNumber: string): string[] {
  const digits = words(phoneNumber).join('').slice(0, LONGEST_WORD)
  const national = phoneNumber.trim().startsWith('+') ? digits.replace(CALLING_CODE, '') : ''
  return [digits, national].filter(Boolean)
}

/** The marks that represent the fields in the index. */
const fieldMarks = { id: 'i', email: 'e', nickname: 'n', phoneNumber: 'p', senders: 's', tags: 't' } as const

export type TextField = keyof typeof fieldMarks
export type SearchField = TextField | 'createdAt'

export const textFields = Object.keys(fieldMarks) as TextField[]

const byPlainName = new Map<string, SearchField>(
  [...textFields, 'createdAt' as const].map((field) => [plain(field), field]),
)

/** Also in the spelling of the legacy client's structs and forms: `NickName`, `phonenumber`, `created_at`. */
export function fieldNamed(name: string): SearchField | undefined {
  return byPlainName.get(plain(name))
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

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
 * lexemes, an exact name is a single lexeme, and a name can be removed without knowing the others.
 * The tag `Plan Pro` makes `1t/plan/pro//Plan Pro` and `1t/pro//Plan Pro`.
 */

type NameField = 'senders' | 'tags'

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
function nameLexemes(app: number, field: NameField, name: string): string[] {
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

/** The column `words` of a new pusher. */
export function wordsOfNew(app: number, id: string, change: PusherChange): SQL {
  const { fields, addSenders: senders = [], addTags: tags = [] } = change
  return sql`${vectorText(app, { ...fields, id, senders, tags })}::tsvector`
}

/**
 * The column `words` of a pusher that is changed, out of what it holds: without the words of the fields
 * that are given and of the names that are removed, with the new ones.
 */
export function wordsAfter(app: number, change: PusherChange): SQL {
  const { fields = {}, addSenders: senders = [], addTags: tags = [] } = change
  const changed = (['email', 'nickname', 'phoneNumber'] as const).filter((field) => fields[field] !== undefined)
  const left = withoutNames(app, withoutFields(app, changed), change)
  const added = vectorText(app, { ...fields, senders, tags })
  // Joining tsvectors would move the places of the second behind the first, further with every change.
  return changed.length > 0 ? sql`(${left}::text || ' ' || ${added})::tsvector` : sql`${left} || ${added}::tsvector`
}

function withoutFields(app: number, changed: TextField[]): SQL {
  const column = pushers.words
  if (changed.length === 0) return sql`${column}`
  return sql`ts_delete(${column}, array(
    select lexeme from unnest(tsvector_to_array(${column})) as lexeme
    where split_part(lexeme, '/', 1) = any(${sql.param(changed.map((field) => fieldPrefix(app, field)))}::text[])))`
}

function withoutNames(app: number, column: SQL, { removeSenders = [], removeTags = [] }: PusherChange): SQL {
  const gone = [
    ...removeSenders.flatMap((name) => nameLexemes(app, 'senders', name)),
    ...removeTags.flatMap((name) => nameLexemes(app, 'tags', name)),
  ]
  return gone.length === 0 ? column : sql`ts_delete(${column}, ${sql.param(gone)}::text[])`
}
