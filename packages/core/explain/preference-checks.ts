import { type Category, type Check, decidePreference, type PreferenceRule, type Preferences } from '@carillon/contract'
import { whyOff } from '../send/preferences.ts'
import { listed } from './words.ts'

/** What a pusher gets through a sender. */
export interface PreferenceQuery {
  sender: string
  /** Only this category; absent: all. */
  category: string | undefined
  /** All categories of the app. */
  categories: readonly Category[]
  preferences: Preferences
}

/** Whether a pusher has switched off what a sender would send. */
export function preferenceChecks(query: PreferenceQuery): Check[] {
  const { category, categories } = query
  if (category !== undefined) return [checkOne(query, category)]
  return categories.length === 0 ? [] : [checkAll(query)]
}

function checkOne({ sender, categories, preferences }: PreferenceQuery, name: string): Check {
  const category = categories.find((one) => one.name === name)
  if (!category) {
    const sentence = `There is no category ${name}, so new pushes that name it are refused.`
    return { check: 'preference', state: 'blocks', sentence, action: `Store it: PUT /v1/categories/${name}.` }
  }
  const { value, rule } = decidePreference(category, sender, preferences)
  if (value === 'off') {
    const sentence = `Pushes of the category ${name} are skipped: ${whyOff(rule, { category: name, sender })}.`
    return { check: 'preference', state: 'blocks', sentence, action: whatSwitchesOn(rule, name) }
  }
  return { check: 'preference', state: 'ok', sentence: `The category ${name} is on: ${WHY_ON[rule]}.` }
}

function whatSwitchesOn(rule: PreferenceRule, category: string): string {
  return rule === 'default'
    ? `The pusher can switch it on. PUT /v1/categories/${category} changes what holds for those who chose nothing.`
    : 'Only the pusher should switch it on again.'
}

const WHY_ON: Readonly<Record<PreferenceRule, string>> = {
  required: 'it is required',
  categoryAndSender: 'the pusher has switched it on for this sender',
  category: 'the pusher has switched it on',
  sender: 'the pusher has switched this sender on',
  default: 'that is its default for this sender',
  none: 'the pusher has not switched it off',
}

/** A push need not have a category, so nothing here blocks all pushes. */
function checkAll({ sender, categories, preferences }: PreferenceQuery): Check {
  const off = categories.flatMap((category) => {
    const { value, rule } = decidePreference(category, sender, preferences)
    return value === 'off' ? [whyOff(rule, { category: category.name, sender })] : []
  })
  if (off.length === 0) return { check: 'preference', state: 'ok', sentence: `All categories are on for ${sender}.` }
  const sentence = `Some pushes are skipped: ${listed([...new Set(off)], 'and')}.`
  return { check: 'preference', state: 'ok', sentence }
}
