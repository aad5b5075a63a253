import type { Space } from '@carillon/hub'
import { kindOf } from '../channel-name.ts'
import { malformed } from '@carillon/request'

/** What can be asked of a channel: its different users, its connections, its last event. */
export type Attribute = 'user_count' | 'subscription_count' | 'cache'

const COUNTS: readonly Attribute[] = ['user_count', 'subscription_count']

/**
 * Reads `info`, attributes with commas between them.
 * @throws Refusal 400 for any that is not among `known`
 */
export function readInfo(value: unknown, known: readonly Attribute[] = COUNTS): ReadonlySet<Attribute> {
  const text = value ?? ''
  const names = typeof text === 'string' ? text.split(',').map((name) => name.trim()) : ['?']
  const wanted = known.filter((name) => names.includes(name))
  if (names.some((name) => name !== '' && !known.some((each) => each === name))) {
    throw malformed(`info must be ${known.join(', ')}, or several of them with commas between them.`)
  }
  return new Set(wanted)
}

/** @throws Refusal 400 where users are to be counted that nobody knows */
export function checkCountable(wanted: ReadonlySet<Attribute>, channel: string): void {
  if (!wanted.has('user_count') || kindOf(channel).isPresence) return
  throw malformed(`user_count is known of presence channels only; ${channel} is none.`)
}

/** The counts that are wanted of each channel, over all processes, index-aligned; the others are undefined. */
export async function countsOf(
  space: Space,
  app: number,
  names: readonly string[],
  wanted: ReadonlySet<Attribute>,
): Promise<object[]> {
  const [subscriptions, users] = await Promise.all([
    wanted.has('subscription_count') ? space.counts(app, names) : [],
    wanted.has('user_count') ? Promise.all(names.map((name) => space.memberCount({ app, name }))) : [],
  ])
  return names.map((_, index) => ({ user_count: users[index], subscription_count: subscriptions[index] }))
}
