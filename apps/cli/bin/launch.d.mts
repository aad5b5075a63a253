import type { ChildProcess, SpawnOptions } from 'node:child_process'

/** How a process ended: one of the two is set. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Machine {
  version: string
  execPath: string
  platform: string
  arch: string
  resolve(request: string): string
}

export function launch(entry: string, args: string[]): Promise<void>
export function report(error: unknown): void
export function chooseNode(machine: Machine): string
export function checkNode(version: string): void
export function stripsTypes(version: string): boolean
export function run(command: string, args: string[], options?: SpawnOptions): Promise<Ending>
export function exitLike(ending: Ending): void
export function forwardSignals(child: ChildProcess): () => void
