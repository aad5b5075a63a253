import type { ChildProcess } from 'node:child_process'

/** However the bench ends, what it started ends too: main.ts turns signals into an exit. */
export function endWithBench(child: ChildProcess): void {
  const end = () => void child.kill()
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
}
