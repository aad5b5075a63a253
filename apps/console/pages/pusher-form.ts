import { type Pusher, pusherBody, type PusherFields } from '@carillon/contract'
import type { Html } from '../view/document.ts'
import { field, problemOf, type Problems, type Texts } from '../view/fields.ts'

const fields = [
  { name: 'nickname', label: 'Name' },
  { name: 'email', label: 'Email address' },
  { name: 'phoneNumber', label: 'Phone number' },
  { name: 'timezone', label: 'Time zone', hint: 'Such as Asia/Shanghai' },
  { name: 'locale', label: 'Language', hint: 'Such as zh-CN' },
  { name: 'attributes', label: 'Attributes', hint: 'A JSON object, for searches and templates', isLong: true },
] as const

/** What a pusher has in a field that is empty. */
const empty = {
  nickname: '',
  email: '',
  phoneNumber: '',
  timezone: '',
  locale: '',
  attributes: {},
} satisfies PusherFields

/** The fields of a pusher, to be filled in. */
export function pusherInputs(texts: Texts, problems: Problems): Html[] {
  return fields.map((one) => field(one, texts, problems))
}

/** A pusher as the fields show it. */
export function textsOf({ attributes, ...pusher }: Pusher): Texts {
  const isEmpty = Object.keys(attributes).length === 0
  const { nickname, email, phoneNumber, timezone, locale } = pusher
  const json = isEmpty ? '' : JSON.stringify(attributes, null, 2)
  return { nickname, email, phoneNumber, timezone, locale, attributes: json }
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
  const { data = {}, error } = pusherBody.safeParse(texts)
  const given = Object.entries(data).filter(([, value]) => value !== undefined)
  const problems = error?.issues.map(({ path, message }) => [String(path[0]), problemOf(message)]) ?? []
  return { texts, problems: Object.fromEntries(problems), fields: Object.fromEntries(given) }
}

/** What the fields change of a pusher: an empty one empties its own. */
export function changesOf(pusher: Pusher, given: PusherFields): PusherFields {
  const wanted = Object.entries({ ...empty, ...given }) as [keyof typeof empty, unknown][]
  return Object.fromEntries(wanted.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(pusher[name])))
}
