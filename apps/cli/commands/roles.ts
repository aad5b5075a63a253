import { describeIssues, senderName } from '@carillon/contract'
import type { Command } from 'commander'
import { setImmediate } from 'node:timers/promises'
import { configOf, type Flags, listeningCommand, requireServers, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { serve } from '../serve.ts'
import { addressOf, producersOf, welcome } from '../welcome.ts'

/** `carillon start`: everything in one process, with nothing else to install. */
export function startCommand(io: Io): Command {
  const command = settingsCommand('start', 'run everything in one process, on an embedded database')
  return withSettings(command).action(async (flags: Flags) => {
    const config = configOf(io, flags)
    const database = io.boot(config) // while the rest is loaded
    await setImmediate() // lets the thread receive the paths of its files: loading modules would block the message
    await serve(io, {
      config,
      human: true,
      run: (compose, log) => compose.runAllInOne(config, log, database),
      started: (running) => io.print(welcome(config, running)),
    })
  })
}

/** `carillon api`: the HTTP API alone. */
export function apiCommand(io: Io): Command {
  return listeningCommand(io, {
    name: 'api',
    about: 'run only the HTTP API, on Postgres and Redis',
    run: (compose, config, log) => compose.runApi(config, log),
    ready: (server, log, { open }) => {
      log.info(`The API listens on ${addressOf(server)}`)
      if (open)
        log.info('Open mode: no APP_KEY is configured, so no signature is required, and only this machine can call.')
    },
  })
}

interface WorkerFlags extends Flags {
  sender?: string[]
  only?: string
}

/** `carillon worker`: takes jobs and runs senders. */
export function workerCommand(io: Io): Command {
  const command = settingsCommand('worker', 'run senders, on Postgres and Redis')
    .option('--sender <file>', 'also load this sender plugin; can be repeated', append)
    .option('--only <names>', 'run only these senders, comma-separated')
  return withSettings(command).action((flags: WorkerFlags) => work(io, flags))
}

async function work(io: Io, flags: WorkerFlags): Promise<void> {
  const config = configOf(io, flags)
  const options = { senders: [...config.senders, ...(flags.sender ?? [])], only: namesOf(flags.only) }
  requireServers('worker', config)
  await serve(io, {
    config,
    human: false,
    endsByStray: true,
    run: (compose, log) => compose.runWorker(config, log, options),
    started: ({ monitor }, log) => {
      if (monitor) log.info(`Its metrics are at ${addressOf(monitor)}/metrics`)
      log.info({}, 'The worker is running.')
    },
  })
}

function append(value: string, previous: string[] = []): string[] {
  return [...previous, value]
}

function namesOf(list: string | undefined): string[] {
  const names = list?.split(',').map((name) => name.trim()) ?? []
  for (const name of names) {
    const { error } = senderName.safeParse(name)
    if (error) throw new UserError(`--only: the name of a sender ${describeIssues(error.issues)}.`)
  }
  return names
}

/** `carillon realtime`: live connections alone. */
export function realtimeCommand(io: Io): Command {
  return listeningCommand(io, {
    name: 'realtime',
    about: 'run live connections, on Postgres and Redis',
    run: (compose, config, log) => compose.runRealtime(config, log),
    ready: (server, log) => {
      log.info(`Live connections are accepted at ${addressOf(server)}`)
      log.info(`Snapper producers connect to ${producersOf(server)}`)
    },
  })
}
