import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Benchmark, Contender } from '../benchmark.ts'
import { summary } from '../delays.ts'
import type { Program } from '../program.ts'
import { now } from '../tally.ts'
import { openStage } from './stage.ts'

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
    const workers = [await stage.program('worker'), await stage.baseline('bullmq-worker')] as const
    for (const worker of workers) await worker.ask('start')
    const api = stage.services.api(1)
    const add = async () => {
      const name = randomUUID()
      await stage.bareQueue.add(name, {}, { removeOnComplete: true })
      return name
    }
    return {
      carillon: waiting('carillon', workers[0], () => api.push('bench', 'p1', randomUUID())),
      baselines: [waiting('BullMQ add → processor', workers[1], add)],
      close: stage.close,
    }
  },
}

/** @param push resolves with the name under which the worker is called, once it is answered */
function waiting(name: string, worker: Program, push: () => Promise<string>): Contender {
  return {
    name,
    async round() {
      await worker.ask('watchCalls')
      const answered = new Map<string, number>()
      for (let left = PUSHES; left > 0; left--) {
        answered.set(await push(), now())
        await pause(pauseMs())
      }
      const { p50, p99 } = summary((await callsOf(worker)).map(({ name: called, at }) => at - answered.get(called)!))
      return { 'p50 ms': p50, 'p99 ms': p99 }
    },
  }
}

async function callsOf(worker: Program): Promise<{ name: string; at: number }[]> {
  for (;;) {
    const calls = await worker.ask<{ name: string; at: number }[]>('calls')
    if (calls.length === PUSHES) return calls
    await pause(10)
  }
}
