import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type CarillonClient, createClient } from '@carillon/client'
import type { Figures } from './benchmark.ts'
import type { Stage } from './benchmarks/stage.ts'
import { cpuOf } from './cpu.ts'
import { growthWhile } from './growth.ts'
import { credentials } from './push-requests.ts'
import { startRole } from './role.ts'

const MEGABYTE = 2 ** 20

/** An API and a worker of a stage, in processes of their own. */
export interface Broadcasting {
  client: CarillonClient
  /** Starts the worker; everything else wants it to run. */
  start(): Promise<void>
  /** Stops the worker, so that another can take over. */
  halt(): Promise<void>
  /** Broadcasts to those with a tag, so that neither process is new to it any more. */
  warmUp(tag: string): Promise<void>
  /** Broadcasts to so many pushers, all that the stage has. */
  cost(count: number): Promise<Figures>
}

export async function startBroadcasting(stage: Stage): Promise<Broadcasting> {
  const api = await startRole('api', stage.servers)
  stage.atEnd(() => api.stop())
  const worker = await stage.program('worker')
  const meter = await stage.meter()
  const client = createClient({ url: `http://127.0.0.1:${api.port}`, ...credentials })
  const cpu = async () => {
    const { postgresUs, redisUs } = await meter.read()
    return cpuOf(worker.pid) + cpuOf(api.pid) + postgresUs + redisUs
  }
  return {
    client,
    start: () => worker.ask('start'),
    halt: () => worker.ask('halt'),
    async warmUp(tag) {
      const name = await client.pushAll('bench', randomUUID(), { tag })
      while ((await client.getBroadcast(name))?.state !== 'done') await pause(100)
    },
    async cost(count) {
      const [cpuBefore, begun] = [await cpu(), performance.now()]
      const grown = await growthWhile([worker.pid, api.pid], async () => {
        await Promise.all([worker.ask('recorded', count), client.pushAll('bench', randomUUID())])
      })
      const us = (performance.now() - begun) * 1000
      const cpuUs = (await cpu()) - cpuBefore
      return {
        'recipients/s': (count * 1_000_000) / us,
        'µs each': us / count,
        'CPU µs each': cpuUs / count,
        'MB grown': grown / MEGABYTE,
      }
    },
  }
}
