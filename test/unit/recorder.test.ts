import { describe, expect, it } from 'vitest'
import { silentLogger } from '@carillon/testkit'
import { recorder, type RecorderDeps } from '../../packages/core/record/recorder.ts'

type Recordings = Parameters<RecorderDeps['pushes']['record']>[0]

describe('the recorder', () => {
  it('records the neighbours of what the database refuses, and that as a failed try', async () => {
    const recorded: Recordings[number][] = []
    const record = async (some: Recordings) => {
      if (some.some(({ result }) => result.is === 'dead')) throw Object.assign(new Error('no'), { code: '22021' })
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
})
