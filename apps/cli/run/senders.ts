import { resolve } from 'node:path'
import { type Config, rateOf, ratesWithoutSender, senderEnv } from '@carillon/config'
import type { Rate } from '@carillon/contract'
import { loadAll } from '../senders/load.ts'
import type { AnySender } from '../senders/set-up.ts'
import type { Logger } from 'pino'
import { createWorker, type RunningWorker } from '../embed/create-worker.ts'
import type { Plugin } from '../roles.ts'
import type { Services } from '../services.ts'

export async function loadSenders(
  config: Config,
  paths: readonly string[],
): Promise<{ senders: AnySender[]; plugins: Plugin[] }> {
  const { senders, plugins } = await loadAll(config.hooksFile, paths)
  return { senders, plugins: plugins.map(({ sender: { name }, file }) => ({ name, file })) }
}

/** A misspelt name would leave a sender without its limit. */
export function warnOfRates({ rates }: Config, log: Logger, senders: readonly AnySender[]): void {
  const without = ratesWithoutSender(
    rates,
    senders.map(({ name }) => name),
  )
  for (const name of without) log.warn(`${name} has no effect: no loaded sender has this name.`)
}

/** The schema of a sender that only workers load refuses nothing when it is pushed. */
export async function sayWhatIsChecked({ store }: Services, log: Logger, senders: readonly AnySender[]): Promise<void> {
  const here = senders.map(({ name }) => name)
  log.info(`The data of ${here.join(', ')} is checked when it is pushed. Name the files of other senders in SENDERS.`)
  const elsewhere = (await store.workers.liveSenders()).filter((name) => !here.includes(name))
  for (const sender of elsewhere) {
    const sentence = `A worker runs the sender ${sender}, which is not loaded here, so its schema refuses no push.`
    log.warn({ sender }, `${sentence} Name its file in SENDERS for the API too.`)
  }
}

export function outboxOf({ dataDir }: Config): string {
  return resolve(dataDir, 'outbox')
}

export function runSenders(
  config: Config,
  services: Services,
  senders: readonly AnySender[],
  outbox: string | undefined,
): Promise<RunningWorker> {
  const { workerConcurrency: concurrency, retryTimes, onAmbiguous, retentionDays, addressDays } = config
  const env = senderEnv(config)
  const rules = { concurrency, retryTimes, onAmbiguous, retentionDays, addressDays, rates: ratesOf(config, senders) }
  return createWorker(services, { senders, env, ...rules, ...(outbox !== undefined && { outbox }) })
}

function ratesOf({ rates }: Config, senders: readonly AnySender[]): Record<string, Rate> {
  return Object.fromEntries(
    senders.flatMap(({ name }) => {
      const rate = rateOf(rates, name)
      return rate ? [[name, rate] as const] : []
    }),
  )
}
