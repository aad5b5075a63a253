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

  it('wakes what waits again, and finishes the broadcasts of which a push ended', async () => {
    const wakeUps = [{ id: '1', sender: 'chime', priority: 'normal', delay: 0 }]
    const woken: unknown[] = []
    const finished: string[] = []
    const deps = {
      pushes: { record: async () => ({ held: new Set(['1']), wakeUps, broadcasts: ['7'] }) },
      broadcasts: {
        finish: async (ids: string[]) => void finished.push(...ids),
        record: async () => ({ held: [true], wakeUps }),
      },
      notifier: { pushes: (some: unknown) => void woken.push(some) },
      observer: { batch() {} },
      log: silentLogger,
      stop: new AbortController().signal,
    }
    const { push, recipient } = recorder(deps as never)
    const result = { is: 'sent' } as const
    expect(await push({ id: '1', attempt: 1, result })).toBe('sent')
    expect([woken, finished]).toEqual([[wakeUps], ['7']])
    await recipient({ broadcast: '1', page: '1', attempt: 1, pusher: 'ann', result })
    expect(woken).toEqual([wakeUps, wakeUps])
  })

  it('reports what another worker has claimed meanwhile as lost', async () => {
    const deps = {
      pushes: { record: async () => ({ held: new Set(['2']), wakeUps: [], broadcasts: [] }) },
      notifier: { pushes() {} },
      observer: { batch() {} },
    }
    const { push } = recorder(deps as never)
    const result = { is: 'sent' } as const
    expect(await Promise.all(['1', '2'].map((id) => push({ id, attempt: 1, result })))).toEqual(['lost', 'sent'])
  })

  it('retries no more once the worker may wait no longer', async () => {
    let attempts = 0
    const deps = {
      pushes: {
        async record() {
          attempts++
          throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
        },
      },
      observer: { batch() {} },
      log: silentLogger,
      stop: AbortSignal.abort(),
    }
    const { push } = recorder(deps as never)
    await expect(push({ id: '1', attempt: 1, result: { is: 'sent' } })).rejects.toThrow('reset')
    expect(attempts).toBe(1)
  })
})
