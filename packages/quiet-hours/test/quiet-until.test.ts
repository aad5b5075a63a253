import type { QuietHours } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { quietUntil } from '../index.ts'

/** The end of the quiet time that a moment is in, as a moment in UTC; null if it is in none. */
function until(hours: QuietHours, timeZone: string, at: string): string | null {
  const end = quietUntil(hours, timeZone, Date.parse(at))
  return end === null ? null : new Date(end).toISOString().replace(':00.000', '')
}

const night = { from: '22:00', to: '07:00' }

describe('a night in Shanghai', () => {
  it.each([
    ['2026-11-30T13:59:59.999Z', null],
    ['2026-11-30T14:00:00Z', '2026-11-30T23:00Z'],
    ['2026-11-30T22:59:59.999Z', '2026-11-30T23:00Z'],
    ['2026-11-30T23:00:00Z', null],
  ])('at %s: %s', (at, end) => expect(until(night, 'Asia/Shanghai', at)).toBe(end))
})

describe('days name the day on which the quiet time begins', () => {
  const weekend: QuietHours = { from: '22:00', to: '10:00', days: ['fri', 'sat'] }
  it.each([
    ['Thursday night', '2026-12-03T23:00Z', null],
    ['Friday morning', '2026-12-04T05:00Z', null],
    ['Friday night', '2026-12-04T23:00Z', '2026-12-05T10:00Z'],
    ['Sunday morning', '2026-12-06T05:00Z', '2026-12-06T10:00Z'],
    ['Sunday night', '2026-12-06T23:00Z', null],
  ])('%s', (_name, at, end) => expect(until(weekend, 'UTC', at)).toBe(end))

  it('quiet hours within a day', () => {
    const siesta: QuietHours = { from: '13:00', to: '15:30', days: ['wed'] }
    expect(until(siesta, 'Europe/Madrid', '2026-07-01T12:00Z')).toBe('2026-07-01T13:30Z')
    expect(until(siesta, 'Europe/Madrid', '2026-07-02T12:00Z')).toBeNull()
  })
})

describe('New York, where 02:00 to 03:00 is missing on 8 March 2026', () => {
  it.each([
    ['a night is an hour shorter', night, '2026-03-08T03:00Z', '2026-03-08T11:00Z'],
    [
      'an end that is missing is when the clock is set forward',
      { from: '22:00', to: '02:30' },
      '2026-03-08T03:00Z',
      '2026-03-08T07:00Z',
    ],
    ['so is a beginning', { from: '02:30', to: '09:00' }, '2026-03-08T07:00Z', '2026-03-08T13:00Z'],
    ['which is not earlier', { from: '02:30', to: '09:00' }, '2026-03-08T06:59Z', null],
    ['a quiet time that is missing is left out', { from: '02:10', to: '02:50' }, '2026-03-08T07:00Z', null],
  ])('%s', (_name, hours, at, end) => expect(until(hours, 'America/New_York', at)).toBe(end))
})

describe('New York, where 01:00 to 02:00 comes twice on 1 November 2026', () => {
  it.each([
    ['a night is an hour longer', night, '2026-11-01T02:00Z', '2026-11-01T12:00Z'],
    ['it ends the second time', { from: '22:00', to: '01:30' }, '2026-11-01T05:15Z', '2026-11-01T06:30Z'],
    ['also between the two', { from: '22:00', to: '01:30' }, '2026-11-01T05:45Z', '2026-11-01T06:30Z'],
    ['it begins the first time', { from: '01:30', to: '09:00' }, '2026-11-01T05:30Z', '2026-11-01T14:00Z'],
    ['and goes on between the two', { from: '01:30', to: '09:00' }, '2026-11-01T06:15Z', '2026-11-01T14:00Z'],
    ['not before', { from: '01:30', to: '09:00' }, '2026-11-01T05:29Z', null],
  ])('%s', (_name, hours, at, end) => expect(until(hours, 'America/New_York', at)).toBe(end))
})

describe('Lord Howe, whose clocks are set by half an hour', () => {
  it.each([
    // 02:00 to 02:30 is missing on 4 October 2026, and 01:30 to 02:00 comes twice on 5 April.
    ['an end that is missing', { from: '22:00', to: '02:15' }, '2026-10-03T14:00Z', '2026-10-03T15:30Z'],
    ['a beginning that is missing', { from: '02:15', to: '07:00' }, '2026-10-03T15:30Z', '2026-10-03T20:00Z'],
    ['an end that comes twice', { from: '22:00', to: '01:45' }, '2026-04-04T14:50Z', '2026-04-04T15:15Z'],
    ['a beginning that comes twice', { from: '01:45', to: '07:00' }, '2026-04-04T14:45Z', '2026-04-04T20:30Z'],
  ])('%s', (_name, hours, at, end) => expect(until(hours, 'Australia/Lord_Howe', at)).toBe(end))
})

describe('Casablanca, whose clocks are set back for Ramadan', () => {
  it.each([
    // In 2026, 02:00 to 03:00 comes twice on 15 February and is missing on 22 March.
    ['at its beginning', { from: '22:00', to: '02:30' }, '2026-02-15T01:45Z', '2026-02-15T02:30Z'],
    ['in it', night, '2026-03-01T00:00Z', '2026-03-01T07:00Z'],
    ['at its end', { from: '22:00', to: '02:30' }, '2026-03-22T01:00Z', '2026-03-22T02:00Z'],
    ['after it', night, '2026-03-25T00:00Z', '2026-03-25T06:00Z'],
  ])('%s', (_name, hours, at, end) => expect(until(hours, 'Africa/Casablanca', at)).toBe(end))
})

describe('Apia, which had no Friday 30 December 2011', () => {
  const beforeMidnight = '2011-12-30T09:59Z'
  it.each([
    ['a night goes on until Saturday morning', night, beforeMidnight, '2011-12-30T17:00Z'],
    ['Thursday ends with the day', { ...night, days: ['thu' as const] }, beforeMidnight, '2011-12-30T10:00Z'],
    ['of Friday only its end is left', { ...night, days: ['fri' as const] }, '2011-12-30T12:00Z', '2011-12-30T17:00Z'],
    ['a quiet Friday is left out', { from: '09:00', to: '17:00', days: ['fri' as const] }, '2011-12-30T10:00Z', null],
  ])('%s', (_name, hours, at, end) => expect(until(hours, 'Pacific/Apia', at)).toBe(end))
})

it('midnight that is missing: Cairo on 24 April 2026', () => {
  const early = { from: '00:00', to: '06:00' }
  expect(until(early, 'Africa/Cairo', '2026-04-23T21:59Z')).toBeNull()
  expect(until(early, 'Africa/Cairo', '2026-04-23T22:00Z')).toBe('2026-04-24T03:00Z')
  expect(until({ from: '20:00', to: '00:00' }, 'Africa/Cairo', '2026-04-23T21:00Z')).toBe('2026-04-23T22:00Z')
})

describe('what only a store of a team’s own can have', () => {
  it('hours that cannot be read are never quiet', () =>
    expect(until({ from: '22', to: '7' }, 'UTC', '2026-11-30T23:00Z')).toBeNull())
  it('nor are more than 22 hours', () =>
    expect(until({ from: '03:00', to: '02:59' }, 'UTC', '2026-11-30T23:00Z')).toBeNull())
})

it('does not confuse what it remembers', () => {
  const at = '2026-11-30T23:00Z'
  const asked = () => [
    until(night, 'UTC', at),
    until({ ...night, days: ['tue'] }, 'UTC', at),
    until(night, 'Asia/Tokyo', at),
  ]
  expect([asked(), asked()]).toEqual([
    ['2026-12-01T07:00Z', null, null],
    ['2026-12-01T07:00Z', null, null],
  ])
  expect(until(night, 'UTC', '2026-12-01T07:00Z')).toBeNull()
  expect(until(night, 'UTC', '2026-11-30T21:59Z')).toBeNull()
})

it('looks again on each day', () => {
  const thursday: QuietHours = { from: '10:00', to: '12:00', days: ['thu'] }
  expect(until(thursday, 'UTC', '2026-12-01T12:00Z')).toBeNull()
  expect(until(thursday, 'UTC', '2026-12-03T11:00Z')).toBe('2026-12-03T12:00Z')
})
