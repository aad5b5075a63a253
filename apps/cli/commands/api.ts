import type { Command } from 'commander'
import { addressOf } from '../welcome.ts'
import type { Io } from '../io.ts'
import { listeningCommand } from '../command.ts'

/** `carillon api`: the HTTP API alone. */
export function apiCommand(io: Io): Command {
  return listeningCommand(io, {
    name: 'api',
    about: 'run the HTTP API alone, on Postgres and Redis',
    run: (compose, config, log) => compose.runApi(config, log),
    ready: (server, log) => log.info(`The API listens on ${addressOf(server)}`),
  })
}
