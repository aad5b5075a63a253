import { setMaxListeners } from 'node:events'
import {
  type Address,
  type AddressBook,
  type AddressKind,
  type AddressPacer,
  type AddressResult,
  errorCode,
  type Outcome,
  type Push,
  shortToken,
} from '@carillon/contract'
import type { CallResult } from './call-result.ts'
import { type Called, outcomeOf, withKind } from './outcome.ts'
import { addFinal, addOpen, addSent, type OpenAddress, type Progress, progressOf } from './progress.ts'

export interface ToAddresses {
  /** The kinds of addresses that the sender sends to, for sentences. */
  kinds: readonly AddressKind[]
  /** What providers say of addresses is entered here. */
  book: AddressBook | undefined
  /** Spaces out calls at one address; absent: it is called at once. */
  pacer?: AddressPacer | undefined
  /** Milliseconds between two calls at one address. */
  every?(address: Address): number
  /** Makes one call. An error that it throws counts as `retry`, and so does a call that the push's signal cuts off. */
  call(address: Address): Promise<CallResult>
}

/**
 * Sends a push to all of its addresses that are still open, in parallel. The attempt's progress says which addresses are
 * finished, so none is called again. Addresses that failed in a way that may pass are tried again alone.
 * @returns `done` once no address is open and at least one took it, `later` while addresses only wait, `giveUp` with the
 *   reasons when none took it
 * @throws RetryableError with the progress, when an address failed in a way that may pass
 */
export async function sendToAddresses(push: Push, options: ToAddresses): Promise<Outcome> {
  push.signal.throwIfAborted()
  if (push.addresses.length === 0 && push.progress === undefined)
    return { giveUp: noAddress(options.kinds), noAddress: true }
  const progress = progressOf(push)
  finishMissing(progress, push.addresses, options.kinds)
  const now = Date.now()
  const due = push.addresses.filter(({ id }) => (progress.open[id]?.at ?? Infinity) <= now)
  const cutOff = whenAborted(push.signal)
  const calls = due.map((address) => {
    const call = callInTurn(address, progress.open[address.id]!, options)
    return Promise.race([call, cutOff.then((result): Called => ({ address, result }))])
  })
  const called = await Promise.all(calls)
  const addresses: AddressResult[] = []
  for (const each of called) addresses.push(await record(push, options, progress, each)) // reasons keep their order
  return outcomeOf(push, progress, called, addresses)
}

/** The result of the calls that are under way when an attempt has to end: its worker stops, or its time is over. */
function whenAborted(signal: AbortSignal): Promise<CallResult> {
  setMaxListeners(0, signal) // the pushes that start together share it
  return new Promise((resolve) => {
    const result = { retry: 'the attempt was cut off before the answer', sent: 'maybe' } as const
    signal.addEventListener('abort', () => resolve(result), { once: true })
  })
}

/** An address that was removed or disabled since the first attempt is finished. */
function finishMissing(progress: Progress, addresses: readonly Address[], kinds: readonly AddressKind[]): void {
  const known = new Set(addresses.map(({ id }) => id))
  for (const id of Object.keys(progress.open)) {
    if (!known.has(id)) addFinal(progress, { id }, `${oneOf(kinds)}: an address ${SINCE_GONE}`)
  }
}

const SINCE_GONE = 'was removed or disabled meanwhile, until it is registered again'

/** The same for all pushers, so that dead pushes can be grouped by it. */
function noAddress(kinds: readonly AddressKind[]): string {
  return `no enabled ${oneOf(kinds)} address is registered; "carillon address list" shows disabled ones, which have to be registered again`
}

function oneOf(kinds: readonly AddressKind[]): string {
  return kinds.length < 2 ? kinds.join() : `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`
}

/** Seconds that an address waits while its rate cannot be counted. */
const UNCOUNTED_PAUSE_S = 5

/** Calls an address if its rate allows it. Never rejects. */
async function callInTurn(address: Address, open: OpenAddress, options: ToAddresses): Promise<Called> {
  const { pacer, every, call } = options
  if (pacer && every) {
    const reserved = open.reserved ? open.at : undefined
    const at = await pacer.reserve(keyOf(address), every(address), reserved).catch(() => undefined)
    if (at === undefined) return { address, result: { wait: 'its rate cannot be counted', seconds: UNCOUNTED_PAUSE_S } }
    if (at > 0) return { address, reservedAt: at }
  }
  try {
    return { address, result: await call(address) }
  } catch (error) {
    return { address, result: { retry: error instanceof Error ? error.message : String(error) } }
  }
}

/** Whoever sends to the same place shares its rate, whatever pusher it belongs to. */
function keyOf({ kind, token }: Address): string {
  return `${kind} ${token}`
}

/** Enters in the progress and the address book what a call came to. */
async function record(push: Push, options: ToAddresses, progress: Progress, called: Called): Promise<AddressResult> {
  const { address, result } = called
  const shown = { kind: address.kind, address: shortToken(address.token) }
  if (!result) {
    const reason = 'waits for its rate'
    addOpen(progress, address, { at: called.reservedAt, reserved: true }, reason)
    return { ...shown, outcome: 'waits', reason }
  }
  if ('sent' in result && result.sent === true) {
    addSent(progress, address, result.messageId)
    return { ...shown, outcome: 'sent', ...(result.messageId !== undefined && { messageId: result.messageId }) }
  }
  if ('retry' in result) {
    addOpen(progress, address, { at: atAfter(result.after) }, result.retry)
    return { ...shown, outcome: 'failed', reason: result.retry }
  }
  if ('wait' in result) {
    addOpen(progress, address, { at: atAfter(result.seconds) }, result.wait)
    await options.pacer?.hold(keyOf(address), result.seconds * 1000).catch(() => {}) // this push waits in any case
    return { ...shown, outcome: 'waits', reason: result.wait }
  }
  const end = endOf(address, result)
  await enterInBook(push, options.book, address, result)
  addFinal(progress, address, withKind(address, end.reason))
  return { ...shown, ...end }
}

/** Unix ms; 0: at once. */
function atAfter(seconds: number | undefined): number {
  return seconds === undefined ? 0 : Math.ceil(Date.now() + seconds * 1000)
}

/** How a push ends at an address that did not take it. */
interface End {
  outcome: 'removed' | 'disabled' | 'gaveUp'
  reason: string
}

type EndResult = Extract<CallResult, { remove: string } | { disable: string } | { giveUp: string }>

function endOf({ seenAt }: Address, result: EndResult): End {
  if ('giveUp' in result) return { outcome: 'gaveUp', reason: result.giveUp }
  if ('disable' in result) return { outcome: 'disabled', reason: result.disable }
  if (seenAt > (result.unlessSeenSince ?? Infinity))
    return { outcome: 'gaveUp', reason: `${result.remove}, but it has been registered again since` }
  return { outcome: 'removed', reason: `${result.remove}, so the address was removed` }
}

/** If the book fails, the provider says the same to the next push. */
async function enterInBook(
  { app, log }: Push,
  book: AddressBook | undefined,
  { id, kind }: Address,
  result: EndResult,
): Promise<void> {
  try {
    if ('remove' in result) await book?.remove(app, id, result.unlessSeenSince)
    if ('disable' in result) await book?.disable(app, id, result.disable)
  } catch (error) {
    log.warn({ kind, error: errorCode(error) }, 'an address could not be removed or disabled')
  }
}
