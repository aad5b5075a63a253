import type { Command } from 'commander'
import { describeIssues, senderName } from '@carillon/contract'
import { addressOf } from '../welcome.ts'
import { type Flags, configOf, requireServers, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { serve } from '../serve.ts'

interface WorkerFlags extends Flags {
  sender?: string[]
  only?: string
}

/** `carillon worker`: takes jobs and runs senders. */
export function workerCommand(io: Io): Command {
  const command = settingsCommand('worker', 'run senders, on Postgres and Redis')
    .option('--sender <file>', 'load this sender plugin too; may be repeated', append)
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
