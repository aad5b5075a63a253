import { describe, expect, it } from 'vitest'
import { type AddressResult, type Outcome, RetryableError } from '@carillon/contract'
import { resultOf, resultOfFailure } from '../send/outcome.ts'

const TEN_YEARS_S = 10 * 366 * 86_400

/** An attempt, of which so many before failed. */
const tried = (failures: number) => ({ failures, progress: {} })

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
      () =>
        resultOfFailure(new Error('x'), tried(failures), { retryTimes: 99, onAmbiguous: 'retry' }) as { delay: number },
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
      resultOfFailure(new RetryableError('busy', { after: 7 }), tried(0), { retryTimes: 10, onAmbiguous: 'retry' }),
    ).toEqual({
      is: 'failed',
      delay: 7,
      reason: 'busy',
    })
  })

  it('waits as usual where the provider asks for more than ten years', () => {
    const delayFor = (after: number) =>
      resultOfFailure(new RetryableError('busy', { after }), tried(0), { retryTimes: 10, onAmbiguous: 'retry' }) as {
        delay: number
      }
    expect(delayFor(TEN_YEARS_S).delay).toBe(TEN_YEARS_S)
    expect(delayFor(TEN_YEARS_S + 1).delay).toBeLessThanOrEqual(10)
  })

  it('is the end when it was the last try', () => {
    expect(resultOfFailure(new Error('x'), tried(9), { retryTimes: 10, onAmbiguous: 'retry' })).toEqual({
      is: 'dead',
      failed: true,
      reason: 'x',
    })
    expect(resultOfFailure(new Error('x'), tried(8), { retryTimes: 10, onAmbiguous: 'retry' })).toMatchObject({
      is: 'failed',
    })
  })

  it('says why fetch failed', async () => {
    const error: unknown = await fetch('http://127.0.0.1:1/').catch((reason: unknown) => reason)
    const { reason } = resultOfFailure(error, tried(0), { retryTimes: 10, onAmbiguous: 'retry' }) as { reason: string }
    expect(reason).toMatch(/^fetch failed: .+/)
  })

  it('keeps a reason that fits a row', () => {
    expect(
      resultOfFailure(new Error(`a\0b${'c'.repeat(5000)}`), tried(0), { retryTimes: 10, onAmbiguous: 'retry' }),
    ).toHaveProperty('reason', `ab${'c'.repeat(998)}…`)
  })
})

describe('what an attempt hands on', () => {
  const options = { retryTimes: 2, onAmbiguous: 'giveup' } as const
  const before = { value: '1', ifLast: { is: 'sent', messageId: 'm' } } as const
  const failure = (failed: ConstructorParameters<typeof RetryableError>[1], failures = 0) =>
    resultOfFailure(new RetryableError('busy', { after: 7, ...failed }), { failures, progress: before }, options)

  it('is added to what those before it did', () => {
    expect(resultOf({ later: 5, progress: [2] }, before)).toMatchObject({ progress: { ...before, value: '[2]' } })
    expect(failure({ progress: [2] })).toMatchObject({ is: 'failed', progress: { ...before, value: '[2]' } })
    const ifLast = { is: 'dead', reason: 'no' } as const
    expect(failure({ ifLast: { giveUp: 'no' } })).toMatchObject({ progress: { value: '1', ifLast } })
    expect(failure({})).not.toHaveProperty('progress')
    expect(resultOf(5, before)).not.toHaveProperty('progress')
  })

  it('is JSON of at most 8 KB', () => {
    expect(failure({ progress: 'x'.repeat(8190) })).toHaveProperty('reason', 'busy')
    expect(failure({ progress: 'é'.repeat(4096), ifLast: { done: true } })).toMatchObject({
      reason: 'The sender handed on a progress of 8194 bytes, and at most 8192 are kept. busy',
      progress: { value: '1', ifLast: { is: 'sent' } },
    })
    const circular: unknown[] = []
    circular.push(circular)
    for (const progress of [circular, () => {}, 1n])
      expect(() => resultOf({ later: 5, progress }, before)).toThrow(
        'The sender handed on a progress that is not JSON.',
      )
  })

  it('ends the push that is retried no more, as the last attempt says, or one before it', () => {
    expect(failure({ ifLast: { done: true, messageId: 'new' } }, 1)).toEqual({
      is: 'sent',
      messageId: 'new',
      failed: true,
    })
    expect(failure({}, 1)).toEqual({ is: 'sent', messageId: 'm', failed: true })
    expect(failure({ ifLast: { giveUp: 'no' } }, 1)).toEqual({ is: 'dead', reason: 'no', failed: true })
    expect(failure({ sent: 'maybe' })).toEqual({ is: 'sent', messageId: 'm', failed: true })
    for (const nonsense of [{ later: 5 }, 7, 'done'])
      expect(failure({ ifLast: nonsense as Outcome }, 1)).toMatchObject({ is: 'sent', messageId: 'm' })
  })
})

describe('what was done at addresses', () => {
  const addressesOf = (addresses: unknown) =>
    (resultOf({ done: true, addresses: addresses as [] }) as { addresses?: unknown[] }).addresses
  const sent = { kind: 'fcm', address: '…a1B2c3', outcome: 'sent' }

  it('belongs to every outcome but a number', () => {
    const addresses = [sent] as AddressResult[]
    expect(resultOf({ later: 5, addresses })).toMatchObject({ is: 'later', addresses })
    expect(resultOf({ giveUp: 'no', addresses })).toMatchObject({ is: 'dead', addresses })
    const options = { retryTimes: 2, onAmbiguous: 'retry' } as const
    expect(resultOfFailure(new RetryableError('x', { addresses }), tried(0), options)).toMatchObject({ addresses })
    expect(resultOfFailure(new RetryableError('x', { addresses }), tried(1), options)).toMatchObject({ addresses })
  })

  it('is cut to fit the history, without what is no result', () => {
    const long = { ...sent, messageId: 'm'.repeat(999), reason: `a\0${'r'.repeat(999)}` }
    expect(addressesOf([long])).toEqual([{ ...sent, messageId: `${'m'.repeat(255)}…`, reason: `a${'r'.repeat(299)}…` }])
    expect(addressesOf(Array.from({ length: 999 }, () => sent))).toHaveLength(200)
    expect(addressesOf([null, 'x', { ...sent, kind: 'pager' }, { ...sent, outcome: 'lost' }])).toBeUndefined()
    expect(addressesOf('x')).toBeUndefined()
  })

  it.each([
    ['a-token-of-an-app-on-a-phone', '…-phone'],
    ['…a-token', '…en'],
    ['12345678', '…78'],
    ['…a1B2c3', '…a1B2c3'],
  ])('shows %s as %s', (address, shown) => {
    expect(addressesOf([{ ...sent, address }])).toEqual([{ ...sent, address: shown }])
  })
})
