import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const LOOK_EVERY_MS = 100

/** Bytes by which processes have grown at their largest while the work was done, all together. */
export async function growthWhile(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const before = await residentBytes(pids)
  let largest = before
  const look = async () => void (largest = Math.max(largest, await residentBytes(pids)))
  const looking = setInterval(() => void look(), LOOK_EVERY_MS)
  try {
    await work()
  } finally {
    clearInterval(looking)
  }
  return largest - before
}

async function residentBytes(pids: readonly number[]): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids.join(',')])
  return stdout.split('\n').reduce((sum, line) => sum + Number(line) * 1024, 0)
}
