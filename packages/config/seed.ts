import type { FileSettings } from './file.ts'
import type { SettingName } from './settings.ts'

/*
 * Keys of configuration files written for the program Carillon comes from: none stops the start,
 * each gets a notice that says what became of it.
 */

const RENAMED = { AUTH_ACCOUNT: 'ADMIN_ACCOUNT', AUTH_PASSWORD: 'ADMIN_PASSWORD' } as const

const IGNORED = {
  ENVIRONMENT: 'there is one environment',
  LOGDIR: 'logs go to standard error',
  SQLDIR: 'the database schema comes with the program',
} as const

type SeedKey = keyof typeof RENAMED | keyof typeof IGNORED | 'LISTEN'

export function isSeedKey(key: string): key is SeedKey {
  return Object.hasOwn(RENAMED, key) || Object.hasOwn(IGNORED, key) || key === 'LISTEN'
}

/** Reads one of the seed's keys into `read`; `called` names it in a sentence. */
export function readSeedKey(key: SeedKey, text: string, called: string, read: FileSettings): void {
  if (key === 'LISTEN') readListen(text, called, read)
  else if (key in RENAMED) rename(RENAMED[key as keyof typeof RENAMED], text, called, read)
  else read.notices.push(`${called} is ignored: ${IGNORED[key as keyof typeof IGNORED]}.`)
}

/** `:6000`, `127.0.0.1:6001` or `[::1]:6001`. */
function readListen(text: string, called: string, read: FileSettings): void {
  if (!text) return
  const parts = /^(?<host>[^:]*|\[.*\]):(?<port>\d{1,5})$/.exec(text)?.groups
  if (!parts) return void read.problems.push(`${called} must be ":port" or "host:port".`)
  rename('PORT', parts.port ?? '', called, read)
  if (parts.host) return rename('HOST', parts.host, called, read)
  // There it meant every address. Here that is said in words, since it may publish an open server.
  read.notices.push(`${called} names no host, so HOST decides: set it to 0.0.0.0 to be reached from elsewhere.`)
}

function rename(name: SettingName, text: string, called: string, read: FileSettings): void {
  if (!text) return
  if (read.given[name]) return void read.notices.push(`${called} is ignored: ${name} is there too.`)
  read.given[name] = { text, source: 'file', called }
  read.notices.push(`${called} is read as ${name}.`)
}
