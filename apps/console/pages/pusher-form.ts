import {
  NO_QUIET_HOURS,
  type Pusher,
  pusherBody,
  type PusherFields,
  quietHoursText,
  readQuietHours,
} from '@carillon/contract'
import type { Html } from '../view/document.ts'
import { field, problemOf, type Problems, type Texts } from '../view/fields.ts'
import { problemOfQuietHours, QUIET_HOURS_HINT } from './quiet-hours-field.ts'

const fields = [
  { name: 'nickname', label: 'Name' },
  { name: 'email', label: 'Email address' },
  { name: 'phoneNumber', label: 'Phone number' },
  { name: 'timezone', label: 'Time zone', hint: 'Such as Asia/Shanghai' },
  { name: 'locale', label: 'Language', hint: 'Such as zh-CN' },
  {
    name: 'quietHours',
    label: 'Quiet hours',
    hint: `${QUIET_HOURS_HINT} If it is empty, those of the app hold; off: none.`,
  },
  { name: 'attributes', label: 'Attributes', hint: 'A JSON object, for searches and templates', isLong: true },
] as const

/** What a pusher has in a field that is empty. */
const empty = {
  nickname: '',
  email: '',
  phoneNumber: '',
  timezone: '',
  locale: '',
  quietHours: null,
  attributes: {},
} satisfies PusherFields

/** The fields of a pusher, to be filled in. */
export function pusherInputs(texts: Texts, problems: Problems): Html[] {
  return fields.map((one) => field(one, texts, problems))
}

/** A pusher as the fields show it. */
export function textsOf({ attributes, quietHours, ...pusher }: Pusher): Texts {
  const isEmpty = Object.keys(attributes).length === 0
  const { nickname, email, phoneNumber, timezone, locale } = pusher
  const json = isEmpty ? '' : JSON.stringify(attributes, null, 2)
  const hours = hoursText(quietHours)
  return { nickname, email, phoneNumber, timezone, locale, quietHours: hours, attributes: json }
}

function hoursText(hours: Pusher['quietHours']): string {
  if (!hours) return ''
  return hours === NO_QUIET_HOURS ? hours : quietHoursText(hours)
}

/** A form of a pusher's page that was sent, and in which something was wrong. */
export interface Refused {
  form: 'edit' | 'tag' | 'sender' | 'test'
  /** The sender that the test was for. */
  sender?: string
  texts: Texts
  problems: Problems
}

/** What was typed into the fields, and what the API would say of it. */
interface FilledIn {
  texts: Texts
  problems: Problems
  /** What the fields say, where nothing is wrong. */
  fields: PusherFields
}

export function readPusher(form: URLSearchParams): FilledIn {
  const texts = Object.fromEntries(fields.map(({ name }) => [name, form.get(name) ?? '']))
  const hours = texts['quietHours']?.trim() ?? ''
  const { data = {}, error } = pusherBody.safeParse({ ...texts, quietHours: hoursIn(hours) })
  const given = Object.entries(data).filter(([, value]) => value !== undefined)
  const issues = error?.issues.map(({ path, message }) => [String(path[0]), problemOf(message)]) ?? []
  const problem = namesHours(hours) && problemOfQuietHours(hours)
  const problems = { ...Object.fromEntries(issues), ...(problem && { quietHours: problemOf(problem) }) }
  return { texts, problems, fields: Object.fromEntries(given) }
}

/** What the schema reads; null for a text that is none. */
function hoursIn(text: string): unknown {
  return namesHours(text) ? readQuietHours(text) : text
}

function namesHours(hours: string): boolean {
  return hours !== '' && hours !== NO_QUIET_HOURS
}

/** What the fields change of a pusher: an empty one empties its own. */
export function changesOf(pusher: Pusher, given: PusherFields): PusherFields {
  const wanted = Object.entries({ ...empty, ...given }) as [keyof typeof empty, unknown][]
  const isSame = (name: keyof typeof empty, value: unknown) =>
    name === 'quietHours' // a database returns its fields in an order of its own
      ? hoursText(value as Pusher['quietHours']) === hoursText(pusher.quietHours)
      : JSON.stringify(value) === JSON.stringify(pusher[name])
  return Object.fromEntries(wanted.filter(([name, value]) => !isSame(name, value)))
}
