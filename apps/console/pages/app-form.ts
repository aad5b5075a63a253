import {
  type App,
  appChangeBody,
  type AppSettings,
  type QuietHours,
  quietHoursText,
  readQuietHours,
  storedAppFields,
} from '@carillon/contract'
import type { AppChange } from '@carillon/store'
import type { Problems } from '../view/fields.ts'
import { type Field, fields } from './app-fields.ts'
import { problemOfQuietHours } from './quiet-hours-field.ts'

type Hook = NonNullable<AppSettings['webhooks']>[number]

/** The form of an app as a browser would send it back. */
export function formOf({ settings, ...own }: App): URLSearchParams {
  const values: Record<string, unknown> = { ...own, ...settings }
  for (const [name, value] of Object.entries(settings.limits ?? {})) values[`limits.${name}`] = value
  const texts = fields.map(({ name, kind }): [string, string] => [name, textOf(kind, values[name])])
  return new URLSearchParams(texts.filter(([, text]) => text !== ''))
}

function textOf(kind: Field['kind'], value: unknown): string {
  if (kind === 'flag' || kind === 'switch') return value === true ? 'on' : ''
  if (kind === 'lines') return ((value ?? []) as string[]).join('\n')
  if (kind === 'hooks') return ((value ?? []) as Hook[]).map(({ url, events }) => [url, ...events].join(' ')).join('\n')
  if (kind === 'hours') return value ? quietHoursText(value as QuietHours) : ''
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/**
 * What a form changes of an app, validated as the API validates it: null if nothing, and otherwise the change, or the problems of
 * fields.
 */
export function readAppForm(app: App, form: URLSearchParams): { change: AppChange } | { problems: Problems } | null {
  const [before, given] = [fieldsIn(formOf(app)), fieldsIn(form)]
  const changed = Object.entries(given).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  )
  if (changed.length === 0) return null
  const { data, error } = appChangeBody.safeParse(Object.fromEntries(changed))
  return data ? { change: storedAppFields(data) } : { problems: problemsOf(error.issues, form) }
}

/** As `PATCH /v1/apps/{id}` takes them: null for a setting that is not set. */
function fieldsIn(form: URLSearchParams): Record<string, unknown> {
  const limits = fields.flatMap(({ name, kind }) => {
    const text = form.get(name)?.trim() ?? ''
    return kind === 'limit' && text !== '' ? [[name.slice('limits.'.length), numberOr(text)]] : []
  })
  const others = fields
    .filter(({ kind }) => kind !== 'limit')
    .map(({ name, kind }) => [name, valueOf(kind, form.get(name) ?? '')])
  return { ...Object.fromEntries(others), limits: limits.length > 0 ? Object.fromEntries(limits) : null }
}

function valueOf(kind: Field['kind'], text: string): unknown {
  if (kind === 'flag') return text !== ''
  if (kind === 'switch') return text === '' ? null : true
  if (kind === 'text') return text.trim()
  if (kind === 'url' || kind === 'word') return text.trim() || null
  if (kind === 'number') return text.trim() === '' ? null : numberOr(text.trim())
  // What is no text of quiet hours has a time that the schema refuses
  if (kind === 'hours') return text.trim() === '' ? null : (readQuietHours(text) ?? { from: text })
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (lines.length === 0) return null
  return kind === 'lines' ? lines : lines.map(hookOf)
}

function hookOf(line: string): Hook {
  const [url = '', ...events] = line.split(/\s+/)
  return { url, events }
}

/** What is not a whole number is left for the schema to refuse. */
function numberOr(text: string): number | string {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

/** The first error of each field, in a sentence that begins with its label. */
function problemsOf(issues: readonly { path: PropertyKey[]; message: string }[], form: URLSearchParams): Problems {
  const sentences = issues.toReversed().map(({ path: [first, second], message }): [string, string] => {
    const name = first === 'limits' ? `limits.${String(second)}` : String(first)
    const { label = name, kind } = fields.find((field) => field.name === name) ?? {}
    const line = typeof second === 'number' ? `, line ${second + 1},` : ''
    const said = kind === 'hours' ? problemOfQuietHours(form.get(name) ?? '') : undefined
    return [name, `${label}${line} ${said ?? message}.`]
  })
  return Object.fromEntries(sentences)
}
