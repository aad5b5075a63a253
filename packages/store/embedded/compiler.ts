import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

/** Of which Node's types know the modules only. */
declare const WebAssembly: { Module: new (code: Uint8Array) => WebAssembly.Module }

const { resolve } = createRequire(import.meta.url)

/** Bytes from which on there is room for the compiler. */
const ROOMY = 2 * 2 ** 30

/** What V8 calls its quick compiler, and not to follow it with the other; at run time one does not imply the others. */
const QUICK_ONLY = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']

/**
 * How much a function runs before V8 optimizes it, in roughly the bytes that it executed: some fifty times V8's own
 * measure. By that one the largest of Postgres, which takes a processor for a second, has its turn while the database
 * still boots; now it has it once there is work. And a function is checked once it is called, which most never are.
 */
const FOR_POSTGRES = ['--wasm-tiering-budget=600000000', '--wasm-lazy-validation']

/** The same, as V8 has them by itself. */
const BY_DEFAULT = ['--wasm-tiering-budget=13000000', '--no-wasm-lazy-validation']

/** V8's flags for a process on a machine or in a container with so many bytes. */
export function compilerFlags(memory: number): readonly string[] {
  return memory < ROOMY ? QUICK_ONLY : []
}

/**
 * V8 takes 600 MB for a second to optimize the largest function of Postgres once it is busy, and a process that cannot
 * have them is killed. On a small machine Postgres runs as it was compiled first: a third slower.
 *
 * For the whole process, and to be called before an embedded database boots.
 */
export function setCompiler(): void {
  setFlags(compilerFlags(machineMemory()))
}

/**
 * Postgres, for the thread that runs it. A module keeps what it was made under, and the flags are put back at once:
 * under others V8 would compile anew whatever it has in a cache, Node's own modules among it, and a thread would
 * take twice as long to start. Hence all in one go, in which nothing else is loaded.
 */
export function compilePostgres(): WebAssembly.Module {
  const code = readFileSync(join(dirname(resolve('@electric-sql/pglite')), 'pglite.wasm'))
  setFlags(FOR_POSTGRES)
  try {
    return new WebAssembly.Module(code)
  } finally {
    setFlags(BY_DEFAULT)
  }
}

function setFlags(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag)
}

function machineMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}
