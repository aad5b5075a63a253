import { totalmem } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** Bytes from which on there is room for the compiler. */
const ROOMY = 2 * 2 ** 30

/** What V8 calls its quick compiler, and not to follow it with the other; at run time one does not imply the others. */
const QUICK_ONLY = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']

/** V8's flags for a machine or container with so many bytes. */
export function compilerFlags(memory: number): readonly string[] {
  return memory < ROOMY ? QUICK_ONLY : []
}

/**
 * V8 takes 600 MB for a second to optimize the largest function of Postgres once it is busy, and a process that cannot
 * have them is killed. On a small machine Postgres runs as it was compiled first: a third slower.
 */
export function spareMemory(): void {
  for (const flag of compilerFlags(machineMemory())) setFlagsFromString(flag)
}

function machineMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}
