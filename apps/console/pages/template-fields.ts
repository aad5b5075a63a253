import { isDeepStrictEqual } from 'node:util'
import { PARTIAL } from '@carillon/contract'
import type { TemplateIssue } from '@carillon/core'
import { problemOf, type Problems, type Texts } from '../view/fields.ts'

/** A field of the editor. */
export interface EditorField {
  /** Of the input. */
  name: string
  label: string
  /** Lines that it shows; absent: a single line. */
  lines?: number
}

/** The fields of the data of senders that have an input of their own. Every other field is JSON. */
const ownFields: Readonly<Record<string, readonly EditorField[]>> = {
  sendmail: [
    { name: 'subject', label: 'Subject' },
    { name: 'html', label: 'HTML', lines: 18 },
    { name: 'text', label: 'Text', lines: 8 },
  ],
  sendpush: [
    { name: 'title', label: 'Title' },
    { name: 'body', label: 'Body', lines: 4 },
  ],
  sendsms: [{ name: 'text', label: 'Text', lines: 6 }],
  sendslack: [{ name: 'text', label: 'Text', lines: 8 }],
  sendtelegram: [{ name: 'text', label: 'Text', lines: 8 }],
  senddiscord: [{ name: 'content', label: 'Content', lines: 8 }],
  sendteams: [
    { name: 'title', label: 'Title' },
    { name: 'text', label: 'Text', lines: 8 },
  ],
}

/** Holds the data as a whole. */
const WHOLE = 'data'
/** Holds the fields that have no input. */
const REST = 'rest'
/** Begins the names of inputs, which have other ones beside them. */
const OWN = 'data.'

/** The inputs that show these texts. */
export function editorFields(sender: string, texts: Texts): EditorField[] {
  if (texts[WHOLE] !== undefined)
    return [{ name: WHOLE, label: sender === PARTIAL ? 'Text' : 'Data, as JSON', lines: linesOf(texts[WHOLE], 18, 8) }]
  const own = ownFieldsOf(sender).map((field) => ({ ...field, name: OWN + field.name }))
  return [...own, { name: REST, label: 'Other fields, as a JSON object', lines: linesOf(texts[REST] ?? '', 8) }]
}

/** Lines of an input that is as high as its text, within limits. */
export function linesOf(text: string, most: number, least = 2): number {
  return Math.min(most, Math.max(least, text.split('\n').length))
}

/** The data of a template as its inputs show it. Null: there is none yet. */
export function textsOfData(sender: string, data: string | null): Texts {
  const own = ownFieldsOf(sender).map(({ name }) => name)
  const given = data === null ? {} : objectIn(data)
  if (own.length === 0 || !given || own.some((name) => !['string', 'undefined'].includes(typeof given[name])))
    return { [WHOLE]: indented(sender, data ?? '') }
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !own.includes(name)))
  const texts = own.map((name) => [OWN + name, (given[name] as string | undefined) ?? ''])
  return { ...Object.fromEntries(texts), [REST]: Object.keys(rest).length === 0 ? '' : JSON.stringify(rest, null, 2) }
}

/** What somebody has typed. Browsers end lines with two characters, and Postgres stores no NUL. */
export function textsIn(sender: string, form: URLSearchParams): Texts {
  const names = form.has(WHOLE) ? [WHOLE] : [...ownFieldsOf(sender).map(({ name }) => OWN + name), REST]
  return Object.fromEntries(names.map((name) => [name, typed(form, name)]))
}

export function typed(form: URLSearchParams, name: string): string {
  return (form.get(name) ?? '').replaceAll('\r\n', '\n').replaceAll('\0', '')
}

/**
 * The data that the inputs make, or what is wrong with them.
 * @param known what is stored. It is returned if the inputs say the same in another order or with other spaces
 */
export function dataOf(sender: string, texts: Texts, known: string | null): { data: string } | { problems: Problems } {
  const data = texts[WHOLE] ?? joined(sender, texts)
  if (typeof data !== 'string') return data
  const isSame = known !== null && sender !== PARTIAL && isDeepStrictEqual(parsed(known), parsed(data))
  return { data: isSame ? known : data }
}

/** The same, without the fields that have no input of their own. */
export function dataOfInputs(sender: string, texts: Texts): string {
  const made = texts[WHOLE] ?? joined(sender, { ...texts, [REST]: '' })
  return typeof made === 'string' ? made : ''
}

function joined(sender: string, texts: Texts): string | { problems: Problems } {
  const own = ownFieldsOf(sender).map(({ name }) => name)
  const refused = (sentence: string) => ({ problems: { [REST]: sentence } })
  const rest = (texts[REST] ?? '').trim() === '' ? {} : objectIn(texts[REST] ?? '')
  if (!rest) return refused(`Must be a JSON object${faultOf(texts[REST] ?? '')}`)
  const twice = own.find((name) => Object.hasOwn(rest, name))
  if (twice !== undefined) return refused(`Must not contain ${twice}, which has a field of its own.`)
  const given = own.map((name) => [name, texts[OWN + name] ?? '']).filter(([, text]) => text !== '')
  return JSON.stringify({ ...Object.fromEntries(given), ...rest })
}

/** Where JSON is broken, in the words of the JavaScript engine. */
function faultOf(text: string): string {
  try {
    JSON.parse(text)
    return '.'
  } catch (error) {
    return `: ${(error as SyntaxError).message}.`
  }
}

/** What is wrong with data, by the inputs: a sentence for each. */
export function problemsOfData(sender: string, texts: Texts, issues: readonly TemplateIssue[]): Problems {
  const inputs = new Set(editorFields(sender, texts).map(({ name }) => name))
  const sentences = issues.toReversed().map(({ path, message }): [string, string] => {
    const own = OWN + path.join('.')
    if (inputs.has(own)) return [own, problemOf(message)]
    const place = path.join('.')
    return [inputs.has(WHOLE) ? WHOLE : REST, place === '' ? problemOf(message) : `${place} ${message}.`]
  })
  return Object.fromEntries(sentences)
}

/** The texts of data, by their labels, for a comparison. */
export function labelledTexts(sender: string, data: string): Map<string, string> {
  const texts = textsOfData(sender, data)
  return new Map(editorFields(sender, texts).map(({ name, label }) => [label, texts[name] ?? '']))
}

function ownFieldsOf(sender: string): readonly EditorField[] {
  return Object.hasOwn(ownFields, sender) ? ownFields[sender]! : []
}

/** JSON with line breaks; any other text as it is. */
function indented(sender: string, data: string): string {
  const value = sender === PARTIAL ? undefined : parsed(data)
  return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : data
}

function objectIn(text: string): Record<string, unknown> | undefined {
  const value = parsed(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
