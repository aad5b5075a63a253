import { setImmediate } from 'node:timers/promises'
import type { Command } from 'commander'
import { type Flags, configOf, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'
import { serve } from '../serve.ts'
import { welcome } from '../welcome.ts'

/** `carillon start`: everything in one process, with nothing else to install. */
export function startCommand(io: Io): Command {
  const command = settingsCommand('start', 'run everything in one process, on an embedded database')
  return withSettings(command).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    const database = io.boot(config) // while the rest is loaded
    await setImmediate() // the thread is told where its files are; whoever loads tells nobody anything
    await serve(io, {
      config,
      human: true,
      run: (compose, log) => compose.runAllInOne(config, log, database),
      started: (running) => io.print(welcome(config, running)),
    })
  })
}
