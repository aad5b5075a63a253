import { daysOfWeek, quietHoursSchema } from '@carillon/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quietUntil, smearDelay } from '../index.ts'
import { changesOf, isShownQuiet, isShownTwice } from './wall-clock.ts'

const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS
const START = Date.UTC(2024, 0)
const END = Date.UTC(2031, 0)

const zones = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Asuncion',
  'America/Havana',
  'America/New_York',
  'America/Nuuk',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Almaty',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Shanghai',
  'Asia/Tehran',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Europe/Dublin',
  'Europe/London',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
]

const changes = new Map(zones.map((zone) => [zone, changesOf(zone, START, END)]))

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.oneof(fc.constantFrom(0, 15, 30, 45), fc.integer({ min: 0, max: 59 })))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))

const hours = fc
  .record(
    { from: clock, to: clock, days: fc.uniqueArray(fc.constantFrom(...daysOfWeek), { minLength: 1 }) },
    {
      requiredKeys: ['from', 'to'],
    },
  )
  .filter((given) => quietHoursSchema.safeParse(given).success)

/** Any moment, or, in half of the cases, one within a day and a half of when the clock is set. */
const moment = fc.constantFrom(...zones).chain((zone) => {
  const distance = fc.integer({ min: -1.5 * DAY_MS, max: 1.5 * DAY_MS })
  const near = fc.tuple(fc.constantFrom(START, ...changes.get(zone)!), distance).map(([set, after]) => set + after)
  return fc.record({ zone: fc.constant(zone), at: fc.oneof(fc.integer({ min: START, max: END }), near) })
})

test('people are never disturbed in their quiet hours, and wait no longer than they last, nor more than a day', () => {
  fc.assert(
    fc.property(hours, moment, fc.integer({ min: 0, max: 3 * DAY_MS }), (quiet, { zone, at }, before) => {
      quietUntil(quiet, zone, at - before) // what is remembered of it must not mislead
      const end = quietUntil(quiet, zone, at)
      expect(isShownQuiet(quiet, zone, at) && end === null).toBe(false)
      if (end === null) return
      expect(end).toBeGreaterThan(at)
      expect(end - at).toBeLessThanOrEqual(DAY_MS)
      expect(isShownQuiet(quiet, zone, end)).toBe(false)
      expect(quietUntil(quiet, zone, end)).toBeNull()
      for (let minute = at; minute < end; minute += MINUTE_MS)
        expect(isShownQuiet(quiet, zone, minute) || isShownTwice(zone, minute)).toBe(true)
    }),
    { numRuns: 1500 },
  )
})

test('the clocks of most of these zones are set', () => {
  const often = [...changes.values()].filter((set) => set.length >= 14)
  expect(often.length).toBeGreaterThanOrEqual(13)
})

test('the smear is spread evenly, and the same each time', () => {
  const counts = Array.from({ length: 10 }, () => 0)
  for (let id = 0; id < 10_000; id++) counts[Math.floor(smearDelay(String(id), 600) / 60_000)]!++
  // The standard deviation of each is 30.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  expect(smearDelay('7', 600)).toBe(smearDelay('7', 600))
  expect(smearDelay('7', 0)).toBe(0)
})
