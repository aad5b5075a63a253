import { describe, expect, it } from 'vitest'
import { silentLogger } from '@carillon/testkit'
import { recorder, type RecorderDeps } from '../record/recorder.ts'

type Recordings = Parameters<RecorderDeps['pushes']['record']>[0]

describe('the recorder', () => {
  it.each([
    ['a text that it cannot keep', '22021'],
    ['a broken constraint', '23514'],
  ])('records the neighbours of what the database refuses for %s, and that as a failed try', async (_, code) => {
    const recorded: Recordings[number][] = []
    const record = async (some: Recordings) => {
      if (some.some(({ result }) => result.is === 'dead')) throw Object.assign(new Error('no'), { code })
      recorded.push(...some)
      return { held: new Set(some.map(({ id }) => id)), wakeUps: [], broadcasts: [] }
    }
    const ignore = () => {}
    const parts = { pushes: { record }, notifier: { pushes: ignore }, observer: { batch: ignore }, log: silentLogger }
    const { push } = recorder({ ...parts, stop: new AbortController().signal } as never)
    const held = await Promise.all([
      push({ id: '1', attempt: 1, result: { is: 'sent' } }),
      push({ id: '2', attempt: 1, result: { is: 'dead', reason: 'a\0b' } as never }),
      push({ id: '3', attempt: 1, result: { is: 'sent' } }),
    ])
    expect(held).toEqual(['sent', 'failed', 'sent'])
    expect(recorded.map(({ id, result }) => `${id} ${result.is}`)).toEqual(['1 sent', '2 failed', '3 sent'])
  })

  it('counts what it records again as recorded, since the answer to the first time may be what was lost', async () => {
    let pushTries = 0
    let recipientTries = 0
    const lostOnce = (tries: number) => {
      if (tries === 1) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    }
    const deps = {
      pushes: {
        async record() {
          lostOnce(++pushTries)
          return { held: new Set<string>(), wakeUps: [], broadcasts: [] }
        },
      },
      broadcasts: {
        async record() {
          lostOnce(++recipientTries)
          return { held: [false], wakeUps: [] }
        },
      },
      notifier: { pushes() {} },
      observer: { batch() {} },
      log: silentLogger,
      stop: new AbortController().signal,
    }
    const { push, recipient } = recorder(deps as never)
    const result = { is: 'sent' } as const
    const recorded = [
      push({ id: '1', attempt: 1, result }),
      recipient({ broadcast: '1', page: '1', attempt: 1, pusher: 'ann', result }),
    ]
    expect(await Promise.all(recorded)).toEqual(['sent', 'sent'])
    expect([pushTries, recipientTries]).toEqual([2, 2])
  })
})
