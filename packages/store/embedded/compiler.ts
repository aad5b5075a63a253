import { totalmem } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** Bytes from which on there is room for the compiler. */
const ROOMY = 2 * 2 ** 30

/** What V8 calls its quick compiler, and not to follow it with the other; at run time one does not imply the others. */
const QUICK_ONLY = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']

/**
 * How much a function runs before V8 optimizes it, in roughly the bytes that it executed: some fifty times V8's own
 * measure. By that one the largest of Postgres, which takes a processor for a second, has its turn while the database
 * still boots; now it has it once there is work.
 */
const ONCE_USED = ['--wasm-tiering-budget=600000000']

/** V8's flags for a machine or container with so many bytes. */
export function compilerFlags(memory: number): readonly string[] {
  return memory < ROOMY ? QUICK_ONLY : ONCE_USED
}

/**
 * V8 takes 600 MB for a second to optimize the largest function of Postgres once it is busy, and a process that cannot
 * have them is killed. On a small machine Postgres runs as it was compiled first: a third slower.
 *
 * For the whole process, and to be called before an embedded database boots.
 */
export function setCompiler(): void {
  for (const flag of compilerFlags(machineMemory())) setFlagsFromString(flag)
}

function machineMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}
