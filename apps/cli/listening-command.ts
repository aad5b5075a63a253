import type { Config } from '@carillon/config'
import type { Command } from 'commander'
import type { Logger } from 'pino'
import { configOf, type Flags, settingsCommand, withSettings } from './command.ts'
import type { Io } from './io.ts'
import { requireServers } from './require-servers.ts'
import type { Compose, Listening } from './roles.ts'
import { serve } from './serve.ts'

export interface ListeningRole<R extends Listening> {
  name: string
  about: string
  run(compose: Compose, config: Config, log: Logger): Promise<R>
  /** Says where it listens. */
  ready(server: R, log: Logger): void
}

/** The command of a role that runs alone and listens on a port. */
export function listeningCommand<R extends Listening>(io: Io, { name, about, run, ready }: ListeningRole<R>): Command {
  return withSettings(settingsCommand(name, about)).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    requireServers(name, config)
    await serve(io, {
      config,
      human: false,
      run: (compose, log) => run(compose, config, log),
      started: ready,
    })
  })
}
