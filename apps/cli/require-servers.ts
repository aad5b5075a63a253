import type { Config } from '@carillon/config'
import { UserError } from './errors.ts'

/**
 * A role alone meets the others through Postgres and Redis.
 * @throws UserError naming what is missing.
 */
export function requireServers(role: string, { databaseUrl, redisUrl }: Config): void {
  const missing = [!databaseUrl && 'DATABASE_URL', !redisUrl && 'REDIS_URL'].filter(Boolean)
  if (missing.length === 0) return
  throw new UserError(
    `carillon ${role} runs beside other processes, so it needs Postgres and Redis: set ${missing.join(' and ')}, ` +
      'or run everything in one process with carillon start.',
  )
}
