import type { Config, Environment } from '@carillon/config'
import { EmbeddedBoot } from '@carillon/store/boot'
import type { Roles } from './roles.ts'

/** The parts of the process that commands use, so that a test can replace them. */
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
  /** Receives each uncaught error, and replaces the previous handler. */
  onUncaught(listener: (error: unknown) => void): void
  /** Is called as the process ends itself: by `process.exit`, `process.abort` or a signal to itself. */
  onExit(listener: () => void): void
  /** Loads compose.ts, with the database and the queue behind it, only where a role runs. */
  compose(): Promise<Roles>
  /** Boots the embedded database in a thread of this process, unless there is another. */
  boot(config: Pick<Config, 'databaseUrl' | 'dataDir'>): EmbeddedBoot | undefined
}

export function processIo(): Io {
  return {
    env: process.env,
    terminal: process.stdout.isTTY,
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    onSignal: (signal, listener) => void process.on(signal, listener),
    exit: (code) => process.exit(code),
    onUncaught: (listener) => void process.removeAllListeners('uncaughtException').on('uncaughtException', listener),
    onExit: beforeTheEnd,
    compose: () => import('./compose.ts'),
    boot: ({ databaseUrl, dataDir }) => (databaseUrl ? undefined : new EmbeddedBoot(dataDir)),
  }
}

/** Node reports neither an abort nor a signal that cannot be handled. */
function beforeTheEnd(listener: () => void): void {
  const { abort, kill } = process
  process.on('exit', listener)
  process.abort = () => {
    listener()
    return abort.call(process)
  }
  process.kill = (pid, signal) => {
    if (pid === process.pid && signal !== 0) listener()
    return kill.call(process, pid, signal)
  }
}
