import { type Category, type Choice, type ChoiceChange, decidePreference, type Preferences } from '@carillon/contract'
import type { UnsubscribeLink } from '@carillon/unsubscribe'

/** What a link's page is about: what its pusher chose, and what there is to choose. */
export interface Choosable {
  /** All of the app. */
  categories: readonly Category[]
  preferences: Preferences
}

export function isOn(category: Category, sender: string, preferences: Preferences): boolean {
  return decidePreference(category, sender, preferences).value === 'on'
}

/**
 * The changes after which no message of the link's category arrives, through any sender, whatever was chosen before. Without
 * a category: no optional message through the link's sender.
 */
export function unsubscribing({ category, sender }: UnsubscribeLink, known: Choosable): ChoiceChange[] {
  if (category !== null) return switchingOff(category, known.preferences)
  const stronger = strongerThanSenders(known)
  const exists = (name: string | null) => known.categories.some((one) => one.name === name)
  return [
    ...without(stronger.filter((choice) => choice.sender === sender)),
    // For all senders: the others stay on. A category that was removed cannot be chosen, only set back.
    ...stronger
      .filter((choice) => choice.sender === null)
      .flatMap((choice) =>
        exists(choice.category) ? [{ ...choice, sender, value: 'off' as const }] : without([choice]),
      ),
    { category: null, sender, value: 'off' },
  ]
}

/** The changes after which no optional message arrives through these senders, also of categories that are added later. */
export function switchingAllOff(senders: readonly string[], known: Choosable): ChoiceChange[] {
  const off = senders.map((sender) => ({ category: null, sender, value: 'off' as const }))
  return [...without(strongerThanSenders(known)), ...off]
}

/** The choices that switch on what is optional, and win over a choice for a sender. */
function strongerThanSenders({ categories, preferences }: Choosable): Choice[] {
  const required = new Set(categories.filter((one) => one.required).map(({ name }) => name))
  return preferences.filter(({ category, value }) => category !== null && value === 'on' && !required.has(category))
}

/** The changes after which messages of the category arrive through the sender, and through others as if nothing was chosen. */
export function resubscribing(category: Category, sender: string, preferences: Preferences): ChoiceChange[] {
  const own = ofCategory(category.name, preferences)
  const rest = preferences.filter((choice) => !own.includes(choice))
  const on: ChoiceChange = { category: category.name, sender, value: 'on' }
  return [...without(own), ...(isOn(category, sender, rest) ? [] : [on])]
}

/** The changes that make a category on and off through senders as a person wants it: `wanted` has all senders that were shown. */
export function choosing(
  category: Category,
  wanted: ReadonlyMap<string, boolean>,
  preferences: Preferences,
): ChoiceChange[] {
  const differing = [...wanted].filter(([sender, on]) => isOn(category, sender, preferences) !== on)
  if (differing.length === 0) return []
  const values = [...wanted.values()]
  const own = ofCategory(category.name, preferences)
  // A person who switches it off everywhere does not want it through a sender to come.
  if (!values.includes(true)) return switchingOff(category.name, preferences)
  const start = values.includes(false) ? preferences : preferences.filter((choice) => !own.includes(choice))
  const set = [...wanted]
    .filter(([sender, on]) => isOn(category, sender, start) !== on)
    .map(([sender, on]): ChoiceChange => ({ category: category.name, sender, value: on ? 'on' : 'off' }))
  return [...(start === preferences ? [] : without(own)), ...set]
}

/** What undoes changes: each choice as it was before. */
export function undoing(changes: readonly ChoiceChange[], before: Preferences): ChoiceChange[] {
  const names = new Map(changes.map((change) => [keyOf(change), change]))
  return [...names.values()].map(({ category, sender }) => ({
    category,
    sender,
    value: before.find((choice) => keyOf(choice) === keyOf({ category, sender }))?.value ?? 'default',
  }))
}

/** Of changes to restore: those that are still possible. What else was chosen for these categories has no effect now. */
export function possible(changes: readonly ChoiceChange[], categories: readonly Category[]): ChoiceChange[] {
  return changes.filter(({ category: name, value }) => {
    const category = categories.find((one) => one.name === name)
    return name === null || value === 'default' || (category !== undefined && !(category.required && value === 'off'))
  })
}

/** Through all senders. What was chosen for one of them would win, so it goes if it is `on`. */
function switchingOff(category: string, preferences: Preferences): ChoiceChange[] {
  const stronger = ofCategory(category, preferences).filter(({ sender, value }) => sender !== null && value === 'on')
  return [...without(stronger), { category, sender: null, value: 'off' }]
}

function ofCategory(name: string, preferences: Preferences): Choice[] {
  return preferences.filter(({ category }) => category === name)
}

function without(choices: readonly Choice[]): ChoiceChange[] {
  return choices.map(({ category, sender }) => ({ category, sender, value: 'default' }))
}

function keyOf({ category, sender }: Pick<Choice, 'category' | 'sender'>): string {
  return JSON.stringify([category, sender])
}
