import { type Contender, contest } from './benchmark.ts'
import { openStage, type Stage } from './benchmarks/stage.ts'
import { cpuOf } from './cpu.ts'

/** Settings of a worker that sends mail through a local server, which takes all of them. */
export async function throughSendgrid(stage: Stage): Promise<Record<string, string>> {
  const provider = await stage.program('provider')
  return {
    SENDGRID_BASE_URL: `http://127.0.0.1:${await provider.ask<number>('port')}/`,
    SENDGRID_API_KEY: 'bench',
    MAIL_FROM: 'bench@example.com',
  }
}

/** The same through SMTP. */
export async function throughSmtp(stage: Stage): Promise<Record<string, string>> {
  const server = await stage.program('smtp')
  return { SMTP_URL: `smtp://127.0.0.1:${await server.ask<number>('port')}`, MAIL_FROM: 'bench@example.com' }
}

export interface Mailing {
  name: string
  /** Recipients. */
  count: number
  settings(stage: Stage): Promise<Record<string, string>>
  /** Of the worker, besides those. */
  env?: Record<string, string>
  prepare?(stage: Stage): Promise<unknown>
  /** Broadcasts to all. */
  send(stage: Stage): Promise<unknown>
}

/** A worker, and pushers of its own, to whom each round broadcasts a mail. */
export async function mailing(options: Mailing): Promise<{ contender: Contender; close(): Promise<void> }> {
  const { name, count, settings, env, prepare, send } = options
  const stage = await openStage(count, 'sendmail')
  await prepare?.(stage)
  const worker = await stage.program('mail-worker', { ...(await settings(stage)), ...env })
  await worker.ask('start')
  return {
    contender: {
      name,
      async round() {
        const [begun, cpu] = [performance.now(), cpuOf(worker.pid)]
        await Promise.all([worker.ask('recorded', count), send(stage)])
        const us = (performance.now() - begun) * 1000
        return { 'µs each': us / count, 'CPU µs each': (cpuOf(worker.pid) - cpu) / count }
      },
    },
    close: stage.close,
  }
}

/** A contest of mailings, one after another. */
export async function mailContest(all: readonly Mailing[]) {
  const opened: Awaited<ReturnType<typeof mailing>>[] = []
  for (const one of all) opened.push(await mailing(one))
  const close = async () => {
    for (const one of opened.toReversed()) await one.close()
  }
  return contest(
    opened.map(({ contender }) => contender),
    close,
  )
}
