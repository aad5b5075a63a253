import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const LOOK_EVERY_MS = 100

/** Bytes by which processes have grown at their largest while the work was done, all together. */
export async function growthWhile(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const before = await residentBytes(pids)
  let [largest, done] = [before, false]
  const ended = work().finally(() => (done = true))
  while (!done) {
    largest = Math.max(largest, await residentBytes(pids))
    await pause(LOOK_EVERY_MS)
  }
  await ended
  return largest - before
}

async function residentBytes(pids: readonly number[]): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids.join(',')])
  return stdout.split('\n').reduce((sum, line) => sum + Number(line) * 1024, 0)
}
