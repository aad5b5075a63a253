import type { Queue, WakeUpJob } from '@carillon/queue'
import type { PushWakeUp } from '@carillon/store'
import { silentLogger } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { notifierOn } from '../notifier.ts'

function started() {
  const jobs: WakeUpJob[] = []
  const queue = { wake: async (some: WakeUpJob[]) => void jobs.push(...some) } as unknown as Queue
  return { jobs, notifier: notifierOn(queue, silentLogger) }
}

const due = (id: string, delay: number): PushWakeUp => ({ id, sender: 'chime', priority: 'normal', delay })
const job = (delay: number, ...pushes: string[]): WakeUpJob => ({
  sender: 'chime',
  priority: 'normal',
  delay,
  wakeUp: { pushes },
})

describe('the notifier', () => {
  it('wakes pushes that are due at about the same time together, a little after the last of them', () => {
    const { jobs, notifier } = started()
    notifier.pushes([due('3', 260), due('1', 10), due('4', 261), due('2', 200)])
    expect(jobs).toEqual([job(265, '1', '2', '3'), job(266, '4')])
  })

  it('wakes what is due at once without a delay', () => {
    const { jobs, notifier } = started()
    notifier.pushes([due('1', 0), due('2', 0)])
    expect(jobs).toEqual([job(0, '1', '2')])
  })

  it('wakes each priority by itself', () => {
    const { jobs, notifier } = started()
    notifier.pushes([due('1', 0), { ...due('2', 0), priority: 'low' }])
    expect(jobs).toEqual([job(0, '1'), { ...job(0, '2'), priority: 'low' }])
  })

  it('leaves to the sweeper what is due later than about a minute', () => {
    const { jobs, notifier } = started()
    notifier.pushes([due('1', 64_000), due('2', 66_000)])
    expect(jobs).toEqual([job(64_005, '1')])
  })

  it('wakes each by itself where that is asked for', () => {
    const { jobs, notifier } = started()
    notifier.each([due('1', 0), due('2', 0)])
    expect(jobs).toEqual([job(0, '1'), job(0, '2')])
  })
})
