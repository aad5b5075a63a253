import type { Check, Explanation, Pusher, PusherStore, SenderState } from '@carillon/contract'
import type { Store } from '@carillon/store'
import { addressChecks, type AddressFacts, type AddressQuery } from './address-checks.ts'
import { preferenceChecks, type PreferenceQuery } from './preference-checks.ts'
import { quietHoursChecks, type QuietHoursQuery } from './quiet-hours-check.ts'
import { lastPushCheck, newestPushes } from './last-push-check.ts'
import { configuredCheck, isUnknownToWorkers, senderChecks, unknownCheck } from './sender-checks.ts'

export interface ExplainDeps {
  store: Pick<Store, 'addresses' | 'apps' | 'categories' | 'history' | 'preferences' | 'senders' | 'suppressions'>
  pushers: PusherStore
  /** Those that this process knows, by name. */
  senders: ReadonlyMap<string, AddressFacts & NonNullable<QuietHoursQuery['facts']>>
}

export interface ExplainAllQuery {
  /** Id of the pusher. */
  pusher: string
  /** Of the message; absent: of any. */
  category?: string | undefined
  /** Of phone numbers without a country code, as an ISO 3166 code. */
  phoneCountry?: string | undefined
}

export interface ExplainQuery extends ExplainAllQuery {
  sender: string
}

/** Says why a pusher is reached through a sender, or why not. */
export function explainWith(deps: ExplainDeps) {
  return async (app: number, { sender, ...query }: ExplainQuery): Promise<Explanation> => {
    const [pusher] = await deps.pushers.getMany(app, [query.pusher])
    const [explanation] = await explanations(deps, app, query, pusher, [sender])
    return explanation!
  }
}

/** More senders than anybody has. */
const MOST_SENDERS = 50

/**
 * The same through each sender that the pusher has, and then through each other one that this process or a worker knows. Both
 * are in the order of their names.
 */
export function explainAllWith(deps: ExplainDeps) {
  return async (app: number, query: ExplainAllQuery): Promise<Explanation[]> => {
    const [[pusher], run] = await Promise.all([
      deps.pushers.getMany(app, [query.pusher]),
      deps.store.senders.ofWorkers(),
    ])
    const own = (pusher?.senders ?? []).toSorted()
    const names = new Set([...own, ...[...run, ...deps.senders.keys()].toSorted()])
    return explanations(deps, app, query, pusher, [...names].slice(0, MOST_SENDERS))
  }
}

/** What is read does not grow with the number of pushes, and hardly with the number of senders. */
async function explanations(
  { store, senders }: ExplainDeps,
  app: number,
  { pusher: id, phoneCountry, category }: ExplainAllQuery,
  pusher: Pusher | undefined,
  names: readonly string[],
): Promise<Explanation[]> {
  const [states, newest, registered, categories, preferences, found] = await Promise.all([
    store.senders.states(app, names),
    newestPushes(store.history, app, id),
    pusher ? store.addresses.list(app, id) : [],
    store.categories.list(app),
    store.preferences.find(app, id),
    store.apps.byId(app),
  ])
  const about = { phoneCountry, registered, category, categories, preferences, settings: found?.settings ?? {} }
  const isUnknown = (state: SenderState) => isUnknownToWorkers(state) && !senders.has(state.name)
  const known = states.some(isUnknown) ? [...senders.keys(), ...(await store.senders.ofWorkers())] : []
  const explain = async (sender: string, at: number): Promise<Explanation> => {
    const state = states[at]!
    if (isUnknown(state) && !pusher?.senders.includes(sender))
      return { pusher: id, sender, checks: [pusherCheck(id, pusher), unknownCheck(sender, known)] }
    const facts = senders.get(sender)
    const [ofPusher, lastPush] = await Promise.all([
      pusher ? pusherChecks(store, app, { ...about, pusher, sender, facts }) : [],
      lastPushCheck(store.history, app, { pusher: id, sender, newest }),
    ])
    const configured = isUnknown(state) ? unknownCheck(sender, known) : configuredCheck(state)
    const ofSender = [configured, ...senderChecks(state)]
    return { pusher: id, sender, checks: [pusherCheck(id, pusher), ...ofPusher, ...ofSender, lastPush] }
  }
  return Promise.all(names.map(explain))
}

function pusherCheck(id: string, pusher: Pusher | undefined): Check {
  if (pusher) return { check: 'pusher', state: 'ok', sentence: `The pusher ${id} exists.` }
  const action = `Create it: POST /pusher/pushers/ with pusher=${id}.`
  return { check: 'pusher', state: 'blocks', sentence: `There is no pusher ${id}.`, action }
}

async function pusherChecks(
  store: ExplainDeps['store'],
  app: number,
  query: AddressQuery & PreferenceQuery & QuietHoursQuery,
): Promise<Check[]> {
  const ofAddresses = await addressChecks(store, app, query)
  return [
    allowedCheck(query.pusher, query.sender),
    ...preferenceChecks(query),
    ...ofAddresses,
    ...quietHoursChecks(query),
  ]
}

function allowedCheck({ id, senders }: Pusher, sender: string): Check {
  if (senders.includes(sender)) return { check: 'allowed', state: 'ok', sentence: `${id} has the sender ${sender}.` }
  return {
    check: 'allowed',
    state: 'blocks',
    sentence: `${id} does not have the sender ${sender}, so only pushes with force are accepted.`,
    action: `Add it: POST /pusher/${sender}/add with pusher=${id}.`,
  }
}
