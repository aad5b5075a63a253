import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Benchmark, Contender } from '../benchmark.ts'
import { summary } from '../delays.ts'
import type { Program } from '../program.ts'
import { now } from '../tally.ts'
import { openStage, type Stage } from './stage.ts'

const PUSHES = 300
/** Between two pushes; not even, so that no rhythm of anything is met. */
const pauseMs = () => 5 + Math.random() * 10

export const latency: Benchmark = {
  name: 'latency',
  work: 'idle system, push answered → sender called, in milliseconds',
  targets: [
    { figure: 'p50 ms', atMost: 1.5 },
    { figure: 'p99 ms', atMost: 1.5 },
  ],
  rounds: 9, // they differ more than others'
  async open() {
    const stage = await openStage()
    const workers = [await stage.program('worker'), await stage.peer('bullmq', 'worker')] as const
    const bareApi = await stage.peer('bullmq', 'api')
    for (const worker of workers) await worker.ask('start')
    return {
      carillon: waiting('carillon', workers[0], () => pushOne(stage)),
      baselines: [waiting('BullMQ add → processor', workers[1], () => bareApi.ask('push'))],
      close: stage.close,
    }
  },
}

/** Under which name the worker is called, and when the push was answered, in ms since 1970. */
export interface Answered {
  name: string
  at: number
}

export async function pushOne({ services }: Stage): Promise<Answered> {
  return { name: await services.api(1).push('bench', 'p1', randomUUID()), at: now() }
}

export function waiting(name: string, worker: Program, push: () => Promise<Answered>): Contender {
  return {
    name,
    async round() {
      await worker.ask('watchCalls')
      const answered = new Map<string, number>()
      for (let left = PUSHES; left > 0; left--) {
        const { name: pushed, at } = await push()
        answered.set(pushed, at)
        await pause(pauseMs())
      }
      const { p50, p99 } = summary((await callsOf(worker)).map(({ name: called, at }) => at - answered.get(called)!))
      return { 'p50 ms': p50, 'p99 ms': p99 }
    },
  }
}

async function callsOf(worker: Program): Promise<Answered[]> {
  for (;;) {
    const calls = await worker.ask<Answered[]>('calls')
    if (calls.length === PUSHES) return calls
    await pause(10)
  }
}
