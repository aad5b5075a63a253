import { pino } from 'pino'
import type { Logger } from 'pino'
import { secretsOf } from '@carillon/config'
import type { Config } from '@carillon/config'
import { humanLine } from './human-line.ts'
import type { Io } from './io.ts'

/** Secrets that are no settings, such as those of apps in the database, and what may hold settings. */
const SECRET_KEYS = ['secret', 'secrets', 'password', 'authorization', 'environment']

/** `human`: a line to read. `json`: a line to collect. */
export type LogFormat = 'human' | 'json'

/** Writes to standard error; a configured secret never gets there, whichever message it is in. */
export function createLogger(config: Config, format: LogFormat, io: Pick<Io, 'complain'>): Logger {
  const secrets = secretsOf(config).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
  return pino(
    {
      level: config.logLevel,
      ...(format === 'human' && { base: null }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '***' },
    },
    { write: (line) => io.complain(without(secrets, present(line, format))) },
  )
}

function present(line: string, format: LogFormat): string {
  return format === 'human' ? humanLine(line) : line
}

function without(secrets: string[], line: string): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line)
}
