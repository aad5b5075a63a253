import { totalmem } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** Bytes of memory from which V8's optimizing compiler has enough room. */
const ROOMY = 2 * 2 ** 30

/** V8's names for: use the baseline compiler alone. At run time, none of these flags implies the others. */
const BASELINE_ONLY = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']

/** V8's flags for a machine or a container with this many bytes of memory. */
export function compilerFlags(memory: number): readonly string[] {
  return memory < ROOMY ? BASELINE_ONLY : []
}

/**
 * V8 needs 600 MB for a second to optimize the largest function of Postgres, and a process that cannot get them is
 * killed. On a small machine Postgres therefore stays as the baseline compiler made it, which is a third slower.
 *
 * This applies to the whole process. Call it before an embedded database boots.
 */
export function limitCompiler(): void {
  for (const flag of compilerFlags(machineMemory())) setFlagsFromString(flag)
}

function machineMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}
