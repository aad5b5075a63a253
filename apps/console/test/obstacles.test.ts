import type { BroadcastStatus, DeadGroups, SenderStatus } from '@carillon/contract'
import { expect, it } from 'vitest'
import { exampleBroadcast } from '../../api/test/fakes.ts'
import { obstaclesIn, type Situation, verdictOn } from '../pages/obstacles.ts'

const NONE_DEAD: DeadGroups = { groups: [], counted: 0, isAll: true }

function sender(given: Partial<SenderStatus> = {}): SenderStatus {
  return {
    name: 'sendsms',
    workers: 1,
    missing: null,
    outbox: null,
    transports: [],
    paused: false,
    rate: null,
    concurrency: 100,
    breakers: [],
    waiting: 0,
    delayed: 0,
    active: 0,
    oldestDueAge: null,
    ...given,
  }
}

function situation(given: Partial<Situation> = {}): Situation {
  return { senders: [], broadcasts: [], dead: NONE_DEAD, ...given }
}

function sentences(given: Partial<Situation>): string[] {
  return obstaclesIn(situation(given)).map(({ subject, sentence }) => [subject, sentence].filter(Boolean).join(' '))
}

it.each<[Partial<SenderStatus>, string[]]>([
  [{}, []],
  [{ workers: 0 }, []],
  [{ waiting: 5, oldestDueAge: 59 }, []],
  [{ paused: true }, ['sendsms is paused.']],
  [{ paused: true, waiting: 1, oldestDueAge: 90 }, ['sendsms is paused: 1 push waits, the oldest for 1 min.']],
  [
    { workers: 0, waiting: 1200, oldestDueAge: 7300 },
    ['sendsms has no worker that runs it: 1,200 pushes wait, the oldest for 2 h.'],
  ],
  [{ workers: 0, missing: 'set TWILIO_AUTH_TOKEN' }, []],
  [
    { workers: 0, missing: 'set TWILIO_AUTH_TOKEN', waiting: 1, oldestDueAge: 5 },
    ['sendsms is not configured: 1 push waits, the oldest for 5 s. What is missing: set TWILIO_AUTH_TOKEN.'],
  ],
  [
    { waiting: 2, oldestDueAge: 61, isPart: true, rate: { count: 1, seconds: 1, usedUpUntil: 5 } },
    ['sendsms is late: more than 2 pushes wait, the oldest for 1 min. Its rate is used up.'],
  ],
  [
    { breakers: [{ transport: 'Twilio', outage: '503', openSince: 1, nextProbe: 2, workers: 1 }] },
    ['sendsms does not use Twilio for now, because it failed several times: 503.'],
  ],
  [{ workers: 0, delayed: 2 }, ['sendsms has no worker that runs it: 2 pushes are due later.']],
  [{ waiting: 2, oldestDueAge: 61 }, ['sendsms is late: 2 pushes wait, the oldest for 1 min. Its workers are busy.']],
])('a sender: %o', (given, expected) => {
  expect(sentences({ senders: [sender(given)] })).toEqual(expected)
})

it.each<[Partial<BroadcastStatus>, string[]]>([
  [{}, []],
  [{ state: 'paused', pending: 3 }, ['The broadcast to everybody by sendmail is paused: 3 recipients wait.']],
  [{ state: 'pausing', pending: null, tag: 'vip' }, ['The broadcast to vip by sendmail is paused.']],
])('a broadcast: %o', (given, expected) => {
  expect(sentences({ broadcasts: [exampleBroadcast(given)] })).toEqual(expected)
})

const group = { sender: 'sendsms', reason: 'no', newest: '1', newestAt: 1 }

it.each<[Partial<DeadGroups>, string]>([
  [{ groups: [{ ...group, count: 1 }], counted: 1 }, '1 push failed for good in the last day, because: no.'],
  [
    { groups: [{ ...group, count: 4 }], counted: 4 },
    '4 pushes failed for good in the last day, all of them because: no.',
  ],
  [
    {
      groups: [
        { ...group, count: 2 },
        { ...group, sender: 'sendmail', count: 1 },
      ],
      counted: 4,
    },
    '4 pushes failed for good in the last day, 3 of them because: no.',
  ],
  [
    { groups: [{ ...group, count: 3 }], counted: 4 },
    '4 pushes failed for good in the last day, 3 of them because: no.',
  ],
  [
    {
      groups: ['no', 'late.', 'gone', 'other'].map((reason) => ({ ...group, reason, count: 2 })),
      counted: 8,
    },
    '8 pushes failed for good in the last day. The most frequent reasons are “no” (2), “late.” (2) and “gone” (2).',
  ],
  [
    { groups: [{ ...group, count: 4000 }], counted: 5000, isAll: false },
    'More than 5,000 pushes failed for good in the last day, 4,000 of them because: no.',
  ],
])('dead pushes: %o', (dead, expected) => {
  expect(sentences({ dead: { ...NONE_DEAD, ...dead } })).toEqual([expected])
})

it('the verdict is the first thing that is said', () => {
  const verdict = (given: Partial<Situation>) => verdictOn(situation(given), obstaclesIn(situation(given)))
  expect(verdict({})).toBe('Nothing stands in the way')
  expect(verdict({ senders: [sender({ active: 1 })] })).toBe('Pushes are on their way')
  expect(verdict({ senders: [sender({ paused: true })] })).toBe('One thing stands in the way')
  expect(verdict({ senders: Array.from({ length: 3 }, () => sender({ paused: true })) })).toBe(
    'Three things stand in the way',
  )
  expect(verdict({ senders: Array.from({ length: 12 }, () => sender({ paused: true })) })).toBe(
    '12 things stand in the way',
  )
})
