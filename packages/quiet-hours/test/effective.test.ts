import { expect, test } from 'vitest'
import { effectiveQuietHours } from '../index.ts'

const night = { from: '22:00', to: '07:00' }
const siesta = { from: '13:00', to: '15:00' }
const app = { quietHours: siesta, timezone: 'Europe/Madrid' }

test.each([
  ['the pusher’s own', { quietHours: night, timezone: 'Asia/Tokyo' }, app, night, 'Asia/Tokyo', 'pusher'],
  ['the app’s', { quietHours: null, timezone: 'Asia/Tokyo' }, app, siesta, 'Asia/Tokyo', 'app'],
  ['the app’s where a store has none', { timezone: '' }, app, siesta, 'Europe/Madrid', 'app'],
  ['the pusher’s in the app’s zone', { quietHours: night, timezone: '' }, app, night, 'Europe/Madrid', 'pusher'],
  ['in UTC where no zone is known', { quietHours: night, timezone: '' }, {}, night, 'UTC', 'pusher'],
  [
    'not in a zone that is unknown',
    { quietHours: night, timezone: 'Mars/Base' },
    app,
    night,
    'Europe/Madrid',
    'pusher',
  ],
])('%s', (_name, pusher, ofApp, hours, timeZone, by) => {
  const expected = { hours, timeZone, by }
  expect([effectiveQuietHours(pusher, ofApp), effectiveQuietHours(pusher, ofApp)]).toEqual([expected, expected])
})

test('none', () => {
  expect(effectiveQuietHours({ quietHours: 'off', timezone: '' }, app)).toBeNull()
  expect(effectiveQuietHours({ quietHours: null, timezone: '' }, { timezone: 'Asia/Tokyo' })).toBeNull()
})
