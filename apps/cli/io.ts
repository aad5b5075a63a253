import type { Environment } from '@carillon/config'
import { EmbeddedBoot } from '@carillon/store/boot'
import type { Compose } from './roles.ts'

/** What commands touch of the process, so that a test can stand in for it. */
export interface Io {
  env: Environment
  /** Whether a person reads standard output. */
  terminal: boolean
  /** Writes to standard output: what was asked for. */
  print(text: string): void
  /** Writes to standard error: logs and errors. */
  complain(text: string): void
  onSignal(signal: NodeJS.Signals, listener: () => void): void
  exit(code: number): void
  /** Loads compose.ts, with the database and the queue behind it, only where a role runs. */
  compose(): Promise<Compose>
  /** Boots the embedded database in a thread of this process. */
  boot(dataDir: string): EmbeddedBoot
}

export function processIo(): Io {
  return {
    env: process.env,
    terminal: process.stdout.isTTY,
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    onSignal: (signal, listener) => void process.on(signal, listener),
    exit: (code) => process.exit(code),
    compose: () => import('./compose.ts'),
    boot: (dataDir) => new EmbeddedBoot(dataDir),
  }
}
