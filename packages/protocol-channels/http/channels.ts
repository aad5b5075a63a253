import type { ChannelNamespace } from '@carillon/hub'
import { malformed, type Refusal } from '@carillon/http'
import { Hono } from 'hono'
import { isChannelName, isUserId, kindOf } from '../channel-name.ts'
import { limitsOf } from '../limits.ts'
import type { ChannelsDeps } from '../deps.ts'
import { lastEvent } from '../publish.ts'
import { type ChannelsContext, type ChannelsEnv, signed } from './signed-request.ts'

/** Milliseconds that the processes have to report that they have heard. */
const HEARD_WITHIN_MS = 2000

/** The attributes that a channel can report: its distinct users, its connections and its last event. */
export type Attribute = 'user_count' | 'subscription_count' | 'cache'

const COUNTS: readonly Attribute[] = ['user_count', 'subscription_count']

/** Endpoints about channels and the users on them. The id of a user may hold anything, a slash too. */
export function channelRoutes(deps: ChannelsDeps): Hono<ChannelsEnv> {
  return new Hono<ChannelsEnv>()
    .get('/channels', signed(deps, listChannels))
    .get('/channels/:channel', signed(deps, describeChannel))
    .get('/channels/:channel/users', signed(deps, listUsers))
    .post('/users/:user{.+}/terminate_connections', signed(deps, terminateConnections))
}

/** The channels that anyone is on. */
async function listChannels({ namespace }: ChannelsDeps, c: ChannelsContext): Promise<object> {
  const [app, query] = [c.get('app'), c.get('query')]
  const prefix = query.get('filter_by_prefix') ?? ''
  const wanted = readInfo(query.get('info'))
  if (wanted.has('user_count') && !prefix.startsWith('presence-')) {
    throw malformed('Only presence channels have a user_count: request it with filter_by_prefix=presence-.')
  }
  const names = [...(await namespace.list(app.id, prefix)).keys()].filter(isListed)
  const counts = await countsOf(namespace, app.id, names, wanted)
  return { channels: Object.fromEntries(names.map((name, index) => [name, counts[index]])) }
}

/** Users' own channels are private, so they are never listed. */
export function isListed(name: string): boolean {
  return !name.startsWith('#')
}

async function describeChannel(deps: ChannelsDeps, c: ChannelsContext): Promise<object> {
  const app = c.get('app')
  const name = channelName(c.req.param('channel'))
  const wanted = readInfo(c.get('query').get('info'), ['user_count', 'subscription_count', 'cache'])
  checkCountable(wanted, name)
  const [[subscriptions = 0], [counts], cache] = await Promise.all([
    deps.namespace.counts(app.id, [name]),
    countsOf(deps.namespace, app.id, [name], wanted),
    wanted.has('cache') ? cached(deps, app.id, name) : undefined,
  ])
  return { occupied: subscriptions > 0, ...counts, cache }
}

/** `ttl` in seconds; null when nothing is kept, as on all but cache channels. */
async function cached(deps: ChannelsDeps, app: number, name: string): Promise<{ data: string; ttl: number } | null> {
  const last = await lastEvent(deps, app, name)
  return last && { data: last.data, ttl: last.ttl }
}

/** The users on a presence channel. */
async function listUsers({ namespace }: ChannelsDeps, c: ChannelsContext): Promise<object> {
  const name = channelName(c.req.param('channel'))
  if (!kindOf(name).isPresence) throw malformed(`Only presence channels have users, and ${name} is not one.`)
  const members = await namespace.members({ app: c.get('app').id, name })
  return { users: [...members.keys()].map((id) => ({ id })) }
}

/** Ends all connections that are signed in as a user. */
async function terminateConnections({ hub }: ChannelsDeps, c: ChannelsContext): Promise<object> {
  const [app, user] = [c.get('app'), c.req.param('user')]
  const { userIdCharacters } = limitsOf(app)
  if (!isUserId(user, userIdCharacters))
    throw malformed(`The id of a user has 1 to ${userIdCharacters} characters in this app.`)
  await hub.users.terminate(app.id, user, HEARD_WITHIN_MS)
  return {}
}

/** @throws Refusal 400 */
export function channelName(value: unknown): string {
  if (typeof value === 'string' && isChannelName(value)) return value
  throw malformed('A channel must be 1 to 200 of letters, digits and _ - = @ , . ;')
}

/**
 * Reads the `info` of an event. An event must not be lost because of an attribute that its answer cannot contain, so
 * unknown attributes are left out, as `user_count` is for a channel without users.
 * @returns undefined where nothing is asked, which is answered differently
 * @throws Refusal 400 for what is no text
 */
export function readEventInfo(value: unknown): ReadonlySet<Attribute> | undefined {
  const names = namesIn(value, COUNTS)
  return names.length === 0 ? undefined : new Set(COUNTS.filter((name) => names.includes(name)))
}

/**
 * Reads the `info` of a question: attributes with commas between them.
 * @throws Refusal 400 for any that is not among `known`
 */
function readInfo(value: unknown, known: readonly Attribute[] = COUNTS): ReadonlySet<Attribute> {
  const names = namesIn(value, known)
  if (names.some((name) => !known.some((each) => each === name))) throw badInfo(known)
  return new Set(known.filter((name) => names.includes(name)))
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

/** @throws Refusal 400 where users are to be counted on a channel that has none */
function checkCountable(wanted: ReadonlySet<Attribute>, channel: string): void {
  if (!wanted.has('user_count') || kindOf(channel).isPresence) return
  throw malformed(`Only presence channels have a user_count, and ${channel} is not one.`)
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
