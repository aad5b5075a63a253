import * as z from 'zod'
import { CarillonError } from './errors.ts'

/** The name of a category. */
export const categoryName = z
  .string('must be text')
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -')
  .refine(
    (value) => value !== '.' && value !== '..',
    'must not be "." or "..", which clients and proxies remove from a path',
  )

export const switches = ['on', 'off'] as const
export type Switch = (typeof switches)[number]

/** What messages are about, such as news or invoices. A pusher can switch a category off unless it is required. */
export interface Category {
  name: string
  title: string
  description: string
  /** It is on for everybody, whatever a pusher chose. */
  required: boolean
  /** By sender, for pushers who chose nothing that applies. A sender that is absent is on. */
  default: Readonly<Record<string, Switch>>
}

export function noCategory(name: string): CarillonError {
  const hint = `GET /v1/categories lists those there are. PUT /v1/categories/${name} stores this one.`
  return new CarillonError('category_not_found', `There is no category ${name}.`, { hint })
}

/** What a pusher chose for a category, for a sender, or for a category through a sender: null stands for all. */
export interface Choice {
  category: string | null
  sender: string | null
  value: Switch
}

/** `default`: the pusher chooses nothing there any longer. */
export interface ChoiceChange extends Omit<Choice, 'value'> {
  value: Switch | 'default'
}

/** What a pusher chose, in the order of the categories and the senders. */
export type Preferences = readonly Choice[]

/** What decides whether a message of a category is sent, the strongest first. `none`: nobody said anything. */
export const preferenceRules = ['required', 'categoryAndSender', 'category', 'sender', 'default', 'none'] as const
export type PreferenceRule = (typeof preferenceRules)[number]

export interface PreferenceDecision {
  value: Switch
  rule: PreferenceRule
}

/** Decides whether a pusher gets messages of a category through a sender, and says by which rule. */
export function decidePreference(
  { name, required, default: byDefault }: Pick<Category, 'name' | 'required' | 'default'>,
  sender: string,
  preferences: Preferences,
): PreferenceDecision {
  const chosen = (category: string | null, through: string | null) =>
    preferences.find((choice) => choice.category === category && choice.sender === through)?.value
  const rules: [PreferenceRule, Switch | undefined][] = [
    ['required', required ? 'on' : undefined],
    ['categoryAndSender', chosen(name, sender)],
    ['category', chosen(name, null)],
    ['sender', chosen(null, sender)],
    ['default', Object.hasOwn(byDefault, sender) ? byDefault[sender] : undefined],
  ]
  const [rule, value] = rules.find(([, said]) => said !== undefined) ?? ['none']
  return { rule, value: value ?? 'on' }
}
