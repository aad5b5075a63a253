import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../test/services/place.ts'
import { endWithBench } from './end-with-bench.ts'
import { credentials } from './push-requests.ts'
import type { Servers } from './servers.ts'

const MAIN = join(import.meta.dirname, '../apps/cli/main.ts')

export interface Role {
  port: number
  pid: number
  /** Resolves when it has ended. Default: SIGTERM. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** A role of Carillon as an operator runs it, on these servers. @param settings variables besides the usual ones */
export async function startRole(
  name: 'api' | 'realtime',
  servers: Servers,
  settings: Readonly<Record<string, string>> = {},
): Promise<Role> {
  const port = await freePort()
  const child = spawn(process.execPath, [MAIN, name], {
    env: {
      ...process.env,
      PORT: String(port),
      SNAPPER_PORT: '0',
      LOG_LEVEL: 'error',
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      QUEUE_PREFIX: servers.queuePrefix,
      APP_KEY: credentials.key,
      APP_SECRET: credentials.secret,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  endWithBench(child)
  const ended = once(child, 'exit')
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`carillon ${name} ended with ${child.exitCode}.`)
    await pause(50)
  }
  return {
    port,
    pid: child.pid!,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}

async function isReady(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok ?? false
}
