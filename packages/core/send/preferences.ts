import type { PreferenceRule } from '@carillon/contract'
import type { AttemptResult, PreferenceRepository } from '@carillon/store'

/** A push, or a recipient of a broadcast. */
interface Message {
  app: number
  /** Id of the pusher. */
  pusher: string
  sender: string
  /** Null or absent: it has none, and is sent. */
  category?: string | null | undefined
}

/** The category of a message, as it is when the message is about to be sent. */
export interface MessageCategory {
  name: string
  title: string
  /** Nobody can switch it off. */
  required: boolean
}

/** What the category of a message says about it; nothing if it has none. */
interface CategoryAnswer {
  category?: MessageCategory
  /** The pusher has switched it off. */
  refusal?: AttemptResult
}

/**
 * Reads the categories of messages, and which messages their pushers have switched off, with one query; with none if no message has
 * a category.
 * @returns index-aligned
 */
export async function readCategories(
  preferences: Pick<PreferenceRepository, 'decide'>,
  messages: readonly Message[],
): Promise<CategoryAnswer[]> {
  const answers: CategoryAnswer[] = messages.map(() => NO_CATEGORY)
  const asked = messages.flatMap(({ category, ...message }, index) =>
    category ? [{ ...message, category, index }] : [],
  )
  if (asked.length === 0) return answers
  const decisions = await preferences.decide(asked)
  asked.forEach((message, at) => {
    const { value, rule, title } = decisions[at]!
    const category = { name: message.category, title, required: rule === 'required' }
    const refusal = { is: 'skipped', reason: whyOff(rule, message) } as const
    answers[message.index] = { category, ...(value === 'off' && { refusal }) }
  })
  return answers
}

const NO_CATEGORY: CategoryAnswer = {}

/** Names no pusher, so that pushes of one reason can be found together. */
export function whyOff(rule: PreferenceRule, { category, sender }: { category: string; sender: string }): string {
  if (rule === 'categoryAndSender') return `the pusher has switched off the category ${category} for ${sender}`
  if (rule === 'category') return `the pusher has switched off the category ${category}`
  if (rule === 'sender') return `the pusher has switched off ${sender}`
  return `the category ${category} is off for ${sender} until a pusher switches it on`
}
