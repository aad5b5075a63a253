import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endWithBench } from './end-with-bench.ts'

export interface Booting {
  command: readonly [string, ...string[]]
  env?: Record<string, string>
  /** Begins the line that says it is ready. */
  ready: string
  /** Of the process that a SIGTERM ends in order: behind a launcher it is not the one that was started. */
  server(started: number): number
}

/** Starts a program in the root of the repository, and ends it again. @returns ms until it reported that it is ready */
export async function boot({ command: [program, ...args], env, ready, server }: Booting): Promise<number> {
  const begun = performance.now()
  const child = spawn(program, args, {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  endWithBench(child)
  const closed = once(child.stdout, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(ready)) continue
    const took = performance.now() - begun
    process.kill(server(child.pid!), 'SIGTERM')
    child.stdout.resume()
    await closed
    return took
  }
  throw new Error(`${program} ended before it said "${ready}".`)
}
