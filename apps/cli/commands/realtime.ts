import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { listeningCommand } from '../listening-command.ts'

/** `carillon realtime`: live connections alone. */
export function realtimeCommand(io: Io): Command {
  return listeningCommand(io, {
    name: 'realtime',
    about: 'hold live connections, on Postgres and Redis',
    run: (compose, config, log) => compose.runRealtime(config, log),
    ready: (address) => `Live connections are taken at ${address}`,
  })
}
