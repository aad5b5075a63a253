import { describe, expect, it } from 'vitest'
import { type Outcome, RetryableError } from '@carillon/contract'
import { resultOf, resultOfFailure } from '../send/outcome.ts'

const TEN_YEARS_S = 10 * 366 * 86_400

describe('an outcome', () => {
  it.each([[undefined], [0], [{ later: 0 }]])('%j is done', (outcome) => {
    expect(resultOf(outcome)).toEqual({ is: 'sent' })
  })

  it('is done with what the provider calls the message, cut to fit', () => {
    expect(resultOf({ done: true, messageId: 'SM\0 1' })).toEqual({ is: 'sent', messageId: 'SM 1' })
    expect(resultOf({ done: true, messageId: 'x'.repeat(999) })).toHaveProperty('messageId', `${'x'.repeat(255)}…`)
  })

  it.each([[{ done: true }], [{ done: true, messageId: '' }], [{ done: true, messageId: 5 }]])(
    '%j is done without one',
    (outcome) => expect(resultOf(outcome as Outcome)).toEqual({ is: 'sent' }),
  )

  it('that is not done is nonsense', () => {
    expect(() => resultOf({ done: false } as never)).toThrow(TypeError)
  })

  it('a number or later is sendLater, in seconds', () => {
    expect(resultOf(1.5)).toEqual({ is: 'later', delay: 1.5, reason: null })
    expect(resultOf({ later: 60, reason: 'night' })).toEqual({ is: 'later', delay: 60, reason: 'night' })
  })

  it('is later by ten years at most, since more is a mistake such as milliseconds', () => {
    expect(resultOf(TEN_YEARS_S)).toEqual({ is: 'later', delay: TEN_YEARS_S, reason: null })
    expect(() => resultOf(TEN_YEARS_S + 1)).toThrow(RangeError)
  })

  it('giveUp is dead, with its reason', () => {
    expect(resultOf({ giveUp: 'no' })).toEqual({ is: 'dead', reason: 'no', noAddress: false })
    expect(resultOf({ giveUp: 'no', noAddress: true })).toMatchObject({ noAddress: true })
  })
})

describe('a failure', () => {
  const pauses = (failures: number) =>
    Array.from(
      { length: 200 },
      () => resultOfFailure(new Error('x'), failures, { retryTimes: 99, onAmbiguous: 'retry' }) as { delay: number },
    ).map(({ delay }) => delay)

  it.each([
    [0, 10],
    [1, 20],
    [4, 160],
    [8, 2560],
    [9, 3600],
    [50, 3600],
  ])('after %i others waits %i s, of which half is jitter', (failures, longest) => {
    const delays = pauses(failures)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(longest / 2)
    expect(Math.max(...delays)).toBeLessThanOrEqual(longest)
    expect(new Set(delays).size).toBeGreaterThan(100)
  })

  it('waits as long as the provider asks', () => {
    expect(
      resultOfFailure(new RetryableError('busy', { after: 7 }), 0, { retryTimes: 10, onAmbiguous: 'retry' }),
    ).toEqual({
      is: 'failed',
      delay: 7,
      reason: 'busy',
    })
  })

  it('waits as usual where the provider asks for more than ten years', () => {
    const delayFor = (after: number) =>
      resultOfFailure(new RetryableError('busy', { after }), 0, { retryTimes: 10, onAmbiguous: 'retry' }) as {
        delay: number
      }
    expect(delayFor(TEN_YEARS_S).delay).toBe(TEN_YEARS_S)
    expect(delayFor(TEN_YEARS_S + 1).delay).toBeLessThanOrEqual(10)
  })

  it('is the end when it was the last try', () => {
    expect(resultOfFailure(new Error('x'), 9, { retryTimes: 10, onAmbiguous: 'retry' })).toEqual({
      is: 'dead',
      failed: true,
      reason: 'x',
    })
    expect(resultOfFailure(new Error('x'), 8, { retryTimes: 10, onAmbiguous: 'retry' })).toMatchObject({ is: 'failed' })
  })

  it('says why fetch failed', async () => {
    const error: unknown = await fetch('http://127.0.0.1:1/').catch((reason: unknown) => reason)
    const { reason } = resultOfFailure(error, 0, { retryTimes: 10, onAmbiguous: 'retry' }) as { reason: string }
    expect(reason).toMatch(/^fetch failed: .+/)
  })

  it('keeps a reason that fits a row', () => {
    expect(
      resultOfFailure(new Error(`a\0b${'c'.repeat(5000)}`), 0, { retryTimes: 10, onAmbiguous: 'retry' }),
    ).toHaveProperty('reason', `ab${'c'.repeat(998)}…`)
  })
})
