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

/**
 * Finds the messages that their pushers have switched off, with one query; with none if no message has a category.
 * @returns index-aligned; undefined: it may be sent
 */
export async function findUnwanted(
  preferences: Pick<PreferenceRepository, 'decide'>,
  messages: readonly Message[],
): Promise<(AttemptResult | undefined)[]> {
  const results: (AttemptResult | undefined)[] = messages.map(() => undefined)
  const asked = messages.flatMap(({ category, ...message }, index) =>
    category ? [{ ...message, category, index }] : [],
  )
  if (asked.length === 0) return results
  const decisions = await preferences.decide(asked)
  asked.forEach((message, at) => {
    const { value, rule } = decisions[at]!
    if (value === 'off') results[message.index] = { is: 'skipped', reason: whyOff(rule, message) }
  })
  return results
}

/** Names no pusher, so that pushes of one reason can be found together. */
export function whyOff(rule: PreferenceRule, { category, sender }: { category: string; sender: string }): string {
  if (rule === 'categoryAndSender') return `the pusher has switched off the category ${category} for ${sender}`
  if (rule === 'category') return `the pusher has switched off the category ${category}`
  if (rule === 'sender') return `the pusher has switched off ${sender}`
  return `the category ${category} is off for ${sender} until a pusher switches it on`
}
