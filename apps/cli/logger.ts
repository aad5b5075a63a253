import { type Config, secretsOf } from '@carillon/config'
import { type Logger, pino } from 'pino'
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

interface Entry {
  /** Our own level, or a field to which a sender gave this name. */
  level: unknown
  /** ISO 8601. */
  time: string
  msg?: string
  err?: { message?: string; stack?: string }
  [field: string]: unknown
}

/** A line of JSON log as a person reads it: local time, level, message, the fields, and a stack below. */
export function humanLine(json: string): string {
  const { level, time, msg = '', err, ...fields } = JSON.parse(json) as Entry // written by our own logger
  const parts = [
    localTime(time),
    String(level).toUpperCase().padEnd(5),
    msg || err?.message,
    ...Object.entries(fields).map(field),
  ]
  const line = parts.filter(Boolean).join(' ')
  return err?.stack ? `${line}\n${indent(err.stack)}\n` : `${line}\n`
}

function localTime(time: string): string {
  return new Date(time).toTimeString().slice(0, 8)
}

function field([name, value]: [string, unknown]): string {
  return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
