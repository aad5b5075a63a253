import type { Command } from 'commander'
import { addressOf, producersOf } from '../address.ts'
import { configOf, settingsCommand, withSettings } from '../command.ts'
import type { Flags } from '../command.ts'
import type { Io } from '../io.ts'
import { requireServers } from '../require-servers.ts'
import { serve } from '../serve.ts'

/** `carillon realtime`: live connections alone. */
export function realtimeCommand(io: Io): Command {
  const command = settingsCommand('realtime', 'hold live connections, on Postgres and Redis')
  return withSettings(command).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    requireServers('realtime', config)
    await serve(io, {
      config,
      human: false,
      run: (compose, log) => compose.runRealtime(config, log),
      started(server, log) {
        log.info(`Live connections are taken at ${addressOf(server)}`)
        log.info(`Snapper's producers are taken at ${producersOf(server)}`)
      },
    })
  })
}
