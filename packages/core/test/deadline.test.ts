import { RetryableError } from '@carillon/contract'
import { expect, it } from 'vitest'
import { type Deadline, Deadlines } from '../send/deadline.ts'

const LONG_S = 60
const never = () => new Promise<never>(() => {})

function opened(): { deadline: Deadline; stop: AbortController } {
  const stop = new AbortController()
  return { deadline: new Deadlines(stop.signal).open(LONG_S), stop }
}

it('answers what the call answers', async () => {
  const { deadline } = opened()
  expect(await deadline.within(async () => 7, 'maybe')).toBe(7)
  await expect(deadline.within(() => Promise.reject(new Error('no line')), 'maybe')).rejects.toThrow('no line')
  deadline.close()
})

it('leaves a call behind that does not end in time, and says whether it may have sent', async () => {
  const deadline = new Deadlines(new AbortController().signal).open(0.01)
  const error: unknown = await deadline.within(never, 'maybe').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RetryableError)
  expect(error).toMatchObject({ message: 'The sender did not answer within 0.01 s.', sent: 'maybe' })
})

it('ends with the worker, all that are open', async () => {
  const stop = new AbortController()
  const deadlines = new Deadlines(stop.signal)
  const calls = [1, 2].map(() => deadlines.open(LONG_S).within(never, 'no'))
  stop.abort(new Error('The worker is stopping.'))
  for (const call of calls) await expect(call).rejects.toThrow('The worker is stopping.')
  await expect(deadlines.open(LONG_S).within(async () => 7, 'no')).rejects.toThrow('The worker is stopping.')
})

it.each(['before', 'after'])('aborts a signal that is read %s the end', (when) => {
  const { deadline, stop } = opened()
  const before = when === 'before' ? deadline.signal : undefined
  stop.abort(new Error('The worker is stopping.'))
  expect((before ?? deadline.signal).reason).toEqual(new Error('The worker is stopping.'))
})

it('leaves a signal alone once the call is over', () => {
  const { deadline, stop } = opened()
  const { signal } = deadline
  deadline.close()
  stop.abort()
  expect(signal.aborted).toBe(false)
})

it('lets a call that watches its signal say how far it came', async () => {
  const { deadline, stop } = opened()
  const watching = (settle: () => void) => deadline.signal.addEventListener('abort', () => setImmediate(settle))
  const calls = [
    () => new Promise((_, reject) => watching(() => reject(new RetryableError('cut off', { progress: 7 })))),
    () => new Promise((resolve) => watching(() => resolve('sent'))),
    () => new Promise((_, reject) => watching(() => reject(new Error('aborted')))),
    never,
  ].map((call) => deadline.within(call, 'maybe'))
  stop.abort(new Error('The worker is stopping.'))
  const late = { status: 'rejected', reason: { message: 'The worker is stopping.', sent: 'maybe' } }
  expect(await Promise.allSettled(calls)).toMatchObject([
    { reason: { message: 'cut off', progress: 7 } },
    { status: 'fulfilled', value: 'sent' },
    late,
    late,
  ])
})
