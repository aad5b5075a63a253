import { pusherBody, type QuietHours, quietHoursText, readQuietHours } from '@carillon/contract'
import { expect, test } from 'vitest'

const weekend: QuietHours = { from: '22:00', to: '07:00', days: ['fri', 'sat'] }

test.each([
  ['22:00 to 07:00', { from: '22:00', to: '07:00' }],
  ['22:00-07:00', { from: '22:00', to: '07:00' }],
  [' 22:00 – 07:00 ', { from: '22:00', to: '07:00' }],
  ['22:00 to 07:00 on fri, sat', weekend],
  ['22:00-07:00 Fri sat', weekend],
  ['9:00-25:00 friday', { from: '9:00', to: '25:00', days: ['friday'] }],
  ['22:00', null],
  ['', null],
])('reads %j', (text, hours) => expect(readQuietHours(text)).toEqual(hours))

test('what is written can be read', () => {
  for (const hours of [weekend, { from: '00:00', to: '22:00' }])
    expect(readQuietHours(quietHoursText(hours))).toEqual(hours)
})

test.each([
  [{ from: '22:00' }, 'is wrong: to is required'],
  [{ from: '22:00', to: '7:00' }, 'is wrong: to must be a time from 00:00 to 23:59, such as 22:00'],
  [{ from: '22:00', to: '22:00' }, 'must not begin and end at the same time'],
  [{ from: '22:00', to: '20:01' }, 'must last at most 22 hours'],
  [{ ...weekend, days: [] }, 'must contain a day; leave it out for all days'],
  [{ ...weekend, days: ['fri', 'fri'] }, 'must contain each day once'],
  [{ ...weekend, days: ['on', 'friday'] }, 'is wrong: days must be mon, tue, wed, thu, fri, sat or sun'],
  [{ ...weekend, day: ['fri'] }, 'there is no field "day"; did you mean days?'],
  [['22:00', '07:00'], 'must be an object such as {"from": "22:00", "to": "07:00"}, off or null'],
  ['on', 'must be an object such as {"from": "22:00", "to": "07:00"}, off or null'],
])('a pusher cannot have %j', (quietHours, message) => {
  const { error } = pusherBody.safeParse({ quietHours })
  expect(error?.issues).toMatchObject([{ path: expect.arrayContaining(['quietHours']), message }])
})

test('22 hours are the most', () =>
  expect(pusherBody.safeParse({ quietHours: { from: '22:00', to: '20:00' } }).error).toBeUndefined())
