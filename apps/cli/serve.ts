import { constants } from 'node:os'
import type { Config } from '@carillon/config'
import { hasDatabase } from '@carillon/store/boot'
import type { Logger } from 'pino'
import type { Io } from './io.ts'
import type { Roles, RunningRole } from './roles.ts'
import { watchSenders } from './strays.ts'

/** Milliseconds after which a start that goes on says what it waits for. */
const SAY_AFTER_MS = 1000

export interface Role<R extends RunningRole> {
  config: Config
  /** For a person even where no terminal is seen: npm may stand between. */
  human: boolean
  /** Whether it ends, after it finished what it is sending, when a sender threw what nothing caught. */
  endsByStray?: boolean
  run(compose: Roles, log: Logger): Promise<R>
  /** Said once it runs. */
  started(running: R, log: Logger): void
}

/** Runs a role until SIGINT or SIGTERM stops it, once; a second signal ends the process at once. */
export async function serve<R extends RunningRole>(io: Io, role: Role<R>): Promise<void> {
  const { config, human, run, started, endsByStray = false } = role
  const { createLogger } = await import('./logger.ts') // once the database boots
  const log = createLogger(config, human || io.terminal ? 'human' : 'json', io)
  for (const notice of config.notices) log.warn(notice)
  const stopped = firstSignal(io)
  const running = await sayingWhatTakesLong(config, log, async () => run(await io.compose(), log))
  const strayed = Promise.withResolvers<null>()
  const stop = endsByStray ? () => strayed.resolve(null) : undefined
  watchSenders({ io, log, plugins: running.plugins ?? [], stop })
  started(running, log)
  const signal = await Promise.race([stopped, strayed.promise])
  if (signal) log.info({ signal }, 'Stopping. A second signal ends the process at once.')
  await running.stop()
  io.exit(signal ? 0 : 1) // not left to the event loop: a plugin's forgotten timer must not hold a stopped process
}

async function sayingWhatTakesLong<T>(config: Config, log: Logger, start: () => Promise<T>): Promise<T> {
  const sentence = waitsFor(config) // before the start makes the database
  const timer = setTimeout(() => log.info(`Starting ... ${sentence}`), SAY_AFTER_MS)
  try {
    return await start()
  } finally {
    clearTimeout(timer)
  }
}

function waitsFor({ databaseUrl, redisUrl, dataDir }: Config): string {
  if (!databaseUrl && hasDatabase(dataDir)) return `The database in ${dataDir} is being opened.`
  if (!databaseUrl) return `The database in ${dataDir} is being created, which takes some seconds.`
  return `Waiting for Postgres${redisUrl ? ' and Redis' : ''}, and migrating the tables.`
}

/** One that comes while the role still starts is kept until it can be stopped. */
function firstSignal(io: Io): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      io.onSignal(signal, () => {
        if (stopping) io.exit(128 + constants.signals[signal])
        stopping = true
        resolve(signal)
      })
    }
  })
}
