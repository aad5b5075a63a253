import { readFileSync } from 'node:fs'

/** What Linux counts CPU in, on all that Node runs on. */
const US_PER_TICK = 10_000

/** CPU that a process has taken so far, in µs; NaN where there is no such process, or this is no Linux. */
export function cpuOf(pid: number): number {
  return statOf(pid).us
}

/** CPU that a process has taken so far, and its children that have ended. */
export function statOf(pid: number): { parent: number; us: number; endedUs: number } {
  try {
    // The name, which may hold anything, ends with the last bracket.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').map(Number)
    const [, parent = NaN] = fields
    const [user = NaN, system = NaN, endedUser = NaN, endedSystem = NaN] = fields.slice(11)
    return { parent, us: (user + system) * US_PER_TICK, endedUs: (endedUser + endedSystem) * US_PER_TICK }
  } catch {
    return { parent: NaN, us: NaN, endedUs: NaN }
  }
}

/** µs of CPU that each process takes while the work is done. */
export async function cpuWhile(pids: readonly number[], work: () => Promise<unknown>): Promise<number[]> {
  const before = pids.map((pid) => cpuOf(pid))
  await work()
  return pids.map((pid, n) => cpuOf(pid) - before[n]!)
}
