import type { CarillonClient, PushRecord } from '@carillon/client'
import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from './errors.ts'
import type { Io } from './io.ts'

const PAUSE_MS = 100

/**
 * Waits for the outcome of a push, and says it on standard error.
 * @param seconds for how long
 * @throws UserError, with the reason, if the push ended without being sent
 */
export async function reportOutcome(
  io: Io,
  client: CarillonClient,
  push: Pick<PushRecord, 'name' | 'pusher'>,
  seconds: number,
): Promise<void> {
  const known = await settled(client, push, seconds)
  if (!known) return io.complain(`The outcome of the push ${push.name} is not known.\n`)
  const { state, reason, sender } = known
  const outcome = `The push ${push.name} is ${state}${reason === null ? '' : `: ${reason}`}.`
  if (['dead', 'skipped', 'cancelled'].includes(state)) throw new UserError(outcome)
  const advice = state === 'sent' ? '' : ` carillon explain ${push.pusher} ${sender} says what it waits for.`
  io.complain(`${outcome}${advice}\n`)
}

/** The push once it has ended, or as it is when the time is over. */
async function settled(
  client: CarillonClient,
  { name, pusher }: Pick<PushRecord, 'name' | 'pusher'>,
  seconds: number,
): Promise<PushRecord | undefined> {
  for (const end = performance.now() + seconds * 1000; ; await pause(PAUSE_MS)) {
    const push = (await client.getPushes({ pusher, size: 100 })).find((each) => each.name === name)
    const isOver = typeof push?.finishedAt === 'number'
    if (isOver || performance.now() >= end) return push
  }
}
