import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { listeningCommand } from '../listening-command.ts'

/** `carillon api`: the HTTP API alone. */
export function apiCommand(io: Io): Command {
  return listeningCommand(io, {
    name: 'api',
    about: 'run the HTTP API alone, on Postgres and Redis',
    run: (compose, config, log) => compose.runApi(config, log),
    ready: (address) => `The API listens on ${address}`,
  })
}
