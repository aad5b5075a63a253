import { inspect } from 'node:util'
import type { Address, Logger, Outcome, Push, Sender } from '@carillon/contract'
import { expect, it } from 'vitest'
import type { PartlySent, SenderExercise } from './exercise-sender.ts'
import { frozenPush, type MakeSender, use } from './exercise-setup.ts'
import { type AtAddresses, outcomeKind } from './outcome-kind.ts'

/** What senders with `addressKinds` keep to besides; nothing for others. */
export function exerciseAddresses(create: MakeSender, { push, refused, partly }: SenderExercise): void {
  it('gives up a push without addresses, if it sends to addresses, so that a broadcast skips it', async () => {
    const sender = await use(create)
    if (!sender.addressKinds) return
    const outcome = await sender.send(await frozenPush(sender, { ...push, addresses: [] }))
    expect(outcomeKind(outcome)).toBe('giveUp')
    expect(outcome).toMatchObject({ noAddress: true })
  })

  it('shows no whole token, neither in an outcome nor in a log', async () => {
    const lines: unknown[] = []
    for (const overrides of [push, refused ?? push]) await sendLogged(await use(create), overrides, lines)
    if (partly) await sendLogged(await use(partly.create), partly.push, lines)
    const pushes = [push, refused ?? {}, partly?.push ?? {}]
    const shown = inspect(lines, { depth: 20, maxArrayLength: null, maxStringLength: null })
    for (const secret of pushes.flatMap(({ addresses = [] }) => addresses.flatMap(secretsOf)))
      expect(shown).not.toContain(secret)
  })

  if (partly) exerciseProgress(partly)
}

function exerciseProgress({ create, push, calls }: PartlySent): void {
  it('calls no address again at the next attempt that is finished', async () => {
    const sender = await use(create)
    const { answer } = await sendLogged(sender, push, [])
    expect(outcomeKind(answer)).toMatch(/^(failed|later)$/)
    const { progress, addresses = [] } = answer as AtAddresses
    const open = addresses.filter(({ outcome }) => outcome === 'failed' || outcome === 'waits')
    expect(open.length, 'addresses of `partly` for which the provider failed').toBeGreaterThan(0)
    expect(addresses.length - open.length, 'addresses of `partly` for which the provider accepted').toBeGreaterThan(0)
    const before = calls()
    const kept: unknown = JSON.parse(JSON.stringify(progress)) // as the row keeps it
    const { answer: next } = await sendLogged(sender, { ...push, attempt: 2, progress: kept }, [])
    outcomeKind(next)
    expect(calls() - before, 'calls of the second attempt').toBeLessThanOrEqual(open.length)
  })
}

/** What a sender answers or throws; both go to `lines` with what it logs. */
async function sendLogged(
  sender: Sender,
  overrides: Partial<Omit<Push, 'pusher'>>,
  lines: unknown[],
): Promise<{ answer: Outcome | Error }> {
  const line = (...parts: unknown[]) => void lines.push(parts)
  const log: Logger = { debug: line, info: line, warn: line, error: line }
  const push = await frozenPush(sender, { ...overrides, log })
  const answer = await sender.send(push).catch((error: Error) => error)
  lines.push(answer)
  return { answer }
}

/** The token; of a browser's subscription its parts. */
function secretsOf({ token, kind }: Address): string[] {
  if (kind !== 'webpush') return [token]
  const { endpoint, keys } = JSON.parse(token) as { endpoint: string; keys: { auth: string } }
  return [token, endpoint, keys.auth]
}
