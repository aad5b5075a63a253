import { randomUUID } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { BroadcastStatus } from '@carillon/contract'
import type { Figures } from './benchmark.ts'
import type { Stage } from './benchmarks/stage.ts'
import type { CarillonClient } from '@carillon/client'

const LOOK_EVERY_MS = 100
const BYTES_EACH = Uint32Array.BYTES_PER_ELEMENT

/** Fewer may all have been sent to before the pause. */
const FEWEST = 50_000

/** Broadcasts to so many pushers, `p1` and so on: paused and resumed after a quarter, the worker killed half-way. */
export async function interrupted(stage: Stage, client: CarillonClient, count: number): Promise<Figures> {
  if (count < FEWEST)
    throw new Error(`An interrupted broadcast needs at least ${FEWEST} pushers, and these are ${count}.`)
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const file = join(folder, 'sent')
  writeFileSync(file, '')
  const sent = () => statSync(file).size / BYTES_EACH
  const startWorker = () => stage.program('noting-worker', { SENT: file })
  try {
    const first = await startWorker()
    const name = await client.pushAll('bench', randomUUID())
    const until = (state: BroadcastStatus['state']) =>
      when(async () => (await client.getBroadcast(name))?.state === state)
    await when(async () => sent() >= count / 4)
    const pausing = performance.now()
    await client.pauseBroadcast(name)
    await until('paused')
    const pausedAfter = performance.now() - pausing
    const atPause = sent()
    await client.resumeBroadcast(name)
    await when(async () => sent() > atPause)
    await when(async () => sent() >= count / 2)
    await first.kill()
    const killed = performance.now()
    const atKill = sent()
    const second = await startWorker()
    await when(async () => sent() > atKill)
    const resumedAfter = performance.now() - killed
    await until('done')
    await second.stop()
    const status = await client.getBroadcast(name)
    return {
      ...lostAndAgain(file, count),
      'without outcome': count - (status?.sent ?? 0),
      'paused after ms': pausedAfter,
      'goes on after ms': resumedAfter,
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function when(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(LOOK_EVERY_MS)
}

/** @param file numbers of pushers, in the order in which they were sent to */
function lostAndAgain(file: string, count: number): Figures {
  const numbers = new Uint32Array(new Uint8Array(readFileSync(file)).buffer)
  const times = new Uint8Array(count + 1)
  for (const number of numbers) times[number]!++
  const reached = times.reduce((sum, calls) => sum + Math.min(1, calls), 0)
  return { lost: count - reached, 'sent again': numbers.length - reached }
}
