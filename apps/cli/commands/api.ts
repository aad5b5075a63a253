import type { Command } from 'commander'
import { addressOf } from '../address.ts'
import { configOf, settingsCommand, withSettings } from '../command.ts'
import type { Flags } from '../command.ts'
import type { Io } from '../io.ts'
import { requireServers } from '../require-servers.ts'
import { serve } from '../serve.ts'

/** `carillon api`: the HTTP API alone. */
export function apiCommand(io: Io): Command {
  const command = settingsCommand('api', 'run the HTTP API alone, on Postgres and Redis')
  return withSettings(command).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    requireServers('api', config)
    await serve(io, {
      config,
      human: false,
      run: (compose, log) => compose.runApi(config, log),
      started: (server, log) => log.info(`The API listens on ${addressOf(server)}`),
    })
  })
}
