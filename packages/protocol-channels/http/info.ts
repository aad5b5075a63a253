import type { ChannelNamespace } from '@carillon/hub'
import { kindOf } from '../channel-name.ts'
import { malformed, type Refusal } from '@carillon/request'

/** What can be asked of a channel: its different users, its connections, its last event. */
export type Attribute = 'user_count' | 'subscription_count' | 'cache'

const COUNTS: readonly Attribute[] = ['user_count', 'subscription_count']

/**
 * Reads the `info` of a question: attributes with commas between them.
 * @throws Refusal 400 for any that is not among `known`
 */
export function readInfo(value: unknown, known: readonly Attribute[] = COUNTS): ReadonlySet<Attribute> {
  const names = namesIn(value, known)
  if (names.some((name) => !known.some((each) => each === name))) throw badInfo(known)
  return new Set(known.filter((name) => names.includes(name)))
}

/**
 * Reads the `info` of an event. An event must not be lost for what its answer cannot tell, so an attribute that
 * nobody knows is left out, as `user_count` is of a channel without users.
 * @returns undefined where nothing is asked, which is answered differently
 * @throws Refusal 400 for what is no text
 */
export function readEventInfo(value: unknown): ReadonlySet<Attribute> | undefined {
  const names = namesIn(value, COUNTS)
  return names.length === 0 ? undefined : new Set(COUNTS.filter((name) => names.includes(name)))
}

function namesIn(value: unknown, known: readonly Attribute[]): string[] {
  const text = value ?? ''
  if (typeof text !== 'string') throw badInfo(known)
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function badInfo(known: readonly Attribute[]): Refusal {
  return malformed(`info must be ${known.join(', ')}, or several of them with commas between them.`)
}

/** @throws Refusal 400 where users are to be counted that nobody knows */
export function checkCountable(wanted: ReadonlySet<Attribute>, channel: string): void {
  if (!wanted.has('user_count') || kindOf(channel).isPresence) return
  throw malformed(`user_count is known of presence channels only; ${channel} is none.`)
}

/**
 * The counts that are wanted of each channel, over all processes, index-aligned. The others are undefined, and so is
 * `user_count` of all but presence channels.
 */
export async function countsOf(
  namespace: ChannelNamespace,
  app: number,
  names: readonly string[],
  wanted: ReadonlySet<Attribute>,
): Promise<object[]> {
  const [subscriptions, users] = await Promise.all([
    wanted.has('subscription_count') ? namespace.counts(app, names) : [],
    wanted.has('user_count') ? Promise.all(names.map((name) => userCount(namespace, app, name))) : [],
  ])
  return names.map((_, index) => ({ user_count: users[index], subscription_count: subscriptions[index] }))
}

async function userCount(namespace: ChannelNamespace, app: number, name: string): Promise<number | undefined> {
  return kindOf(name).isPresence ? namespace.memberCount({ app, name }) : undefined
}
