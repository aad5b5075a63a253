import type { Command } from 'commander'
import { addressOf, producersOf } from '../welcome.ts'
import type { Io } from '../io.ts'
import { listeningCommand } from '../command.ts'

/** `carillon realtime`: live connections alone. */
export function realtimeCommand(io: Io): Command {
  return listeningCommand(io, {
    name: 'realtime',
    about: 'hold live connections, on Postgres and Redis',
    run: (compose, config, log) => compose.runRealtime(config, log),
    ready: (server, log) => {
      log.info(`Live connections are taken at ${addressOf(server)}`)
      log.info(`Snapper's producers are taken at ${producersOf(server)}`)
    },
  })
}
