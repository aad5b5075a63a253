import type { PushRecord } from '@carillon/contract'
import { heldReasons } from '@carillon/store'
import { describe, expect, it } from 'vitest'
import { lastPushCheck } from '../explain/last-push-check.ts'

const NOW = Date.now() / 1000

/** What is said of a waiting push of a broadcast. */
function checkOf(waits: Partial<PushRecord>) {
  const ids = { id: '7', name: 'n', sender: 'sendsms', pusher: 'ada', broadcast: 'news', category: null }
  const counts = { attempt: 0, failures: 0, acceptedAt: NOW, finishedAt: null, messageId: null }
  const push: PushRecord = { ...ids, ...counts, state: 'waiting', dueAt: NOW - 1, reason: null, ...waits }
  const history = { list: () => Promise.reject(new Error('listed')), find: () => Promise.reject(new Error('found')) }
  return lastPushCheck(history, 1, { pusher: 'ada', sender: 'sendsms', newest: [push] })
}

describe('the last push, if it waits', () => {
  it.each([
    [heldReasons.broadcastPaused, 'Resume the broadcast: POST /v1/broadcasts/news/resume.'],
    [heldReasons.senderPaused, 'Resume the sender: POST /v1/senders/sendsms/resume.'],
    [heldReasons.noWorker, 'Start a worker that runs sendsms: carillon worker'],
  ])('is blocked until an operator acts: %s', async (reason, action) => {
    const sentence = `The last push waits: ${reason}`
    expect(await checkOf({ reason })).toEqual({ check: 'lastPush', push: '7', state: 'blocks', sentence, action })
  })

  it('says once until when it is deferred', async () => {
    const reason = 'deferred until 07:01 in UTC (2100-11-30T07:01:44Z): quiet hours 22:00 to 07:00'
    const sentence = `The last push is ${reason}`
    expect(await checkOf({ reason, dueAt: 4_131_327_704 })).toMatchObject({ state: 'waits', sentence })
  })

  it.each(['450 the mailbox is busy', 'it waits for its turn'])('goes on by itself: %s', async (reason) => {
    expect(await checkOf({ reason })).toMatchObject({ state: 'waits', sentence: `The last push waits: ${reason}` })
    expect(await checkOf({ reason })).not.toHaveProperty('action')
  })
})
