import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { asText, type GivenSetting, type GivenSettings } from './config.ts'
import { type GivenRates, rateNameOf } from './rates.ts'
import { isSettingName, type SettingName } from './settings.ts'

const DEFAULT_FILE = 'carillon.json'

/** What a file holds. Its problems stop the start; its notices are only logged. */
interface FileSettings {
  given: GivenSettings
  rates: GivenRates
  problems: string[]
  notices: string[]
}

/** Reads `path`, or `carillon.json` if it exists. Keys are names of settings in either case, or those of the legacy server. */
export function readConfigFile(path: string | undefined, cwd: string): FileSettings {
  const file = path ?? DEFAULT_FILE
  const read: FileSettings = { given: {}, rates: {}, problems: [], notices: [] }
  const json = readText(resolve(cwd, file), path !== undefined, read)
  if (json !== undefined) readEntries(parseObject(json, file, read), file, read)
  return read
}

function readText(path: string, required: boolean, read: FileSettings): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    if (required || code !== 'ENOENT') read.problems.push(`The configuration file ${path} cannot be read (${code}).`)
    return undefined
  }
}

function parseObject(json: string, file: string, read: FileSettings): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(json)
    if (isObject(content)) return content
    read.problems.push(`${file} must contain one JSON object, such as {"port": 6001}.`)
  } catch (error) {
    read.problems.push(`${file} is not valid JSON${placeOf(error)}.`)
  }
  return {}
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Only the place: JSON.parse quotes the text around a mistake, which may be a secret. */
function placeOf(error: unknown): string {
  const place = /\(line \d+ column \d+\)/.exec(String(error))
  return place ? ` ${place[0]}` : ''
}

/** Our own names come first: they override the legacy server's names for the same setting. */
function readEntries(content: Record<string, unknown>, file: string, read: FileSettings): void {
  const ours = Object.entries(content).filter(([key]) => !isLegacyKey(key.toUpperCase()))
  const legacy = Object.entries(content).filter(([key]) => isLegacyKey(key.toUpperCase()))
  for (const [key, value] of [...ours, ...legacy]) readEntry(key, value, file, read)
}

function readEntry(key: string, value: unknown, file: string, read: FileSettings): void {
  const called = `${key} in ${file}`
  const name = key.toUpperCase()
  const rate = rateNameOf(key)
  const text = asText(value)
  if (!isLegacyKey(name) && !isSettingName(name) && rate === undefined)
    read.problems.push(`${called} is not a setting; see docs/configuration.md.`)
  else if (text === undefined) read.problems.push(`${called} must be text, a number, true or false.`)
  else if (isLegacyKey(name)) readLegacyKey(name, text, called, read)
  else if (isSettingName(name)) give(read.given, name, { text, source: 'file', called }, read)
  else give(read.rates, rate ?? name, { text, source: 'file', called }, read)
}

function give(given: Record<string, GivenSetting>, name: string, value: GivenSetting, read: FileSettings): void {
  const other = given[name]
  if (other) read.problems.push(`${value.called} and ${other.called} are the same setting: set only one of them.`)
  else if (value.text) Object.assign(given, { [name]: value })
}

/*
 * Keys of configuration files for the legacy server. None stops the start; each gets a notice that says how it is read.
 */

const RENAMED = { AUTH_ACCOUNT: 'ADMIN_ACCOUNT', AUTH_PASSWORD: 'ADMIN_PASSWORD' } as const

const IGNORED = {
  ENVIRONMENT: 'there is only one environment',
  LOGDIR: 'logs go to standard error',
  SQLDIR: 'the program contains the database schema',
} as const

type LegacyKey = keyof typeof RENAMED | keyof typeof IGNORED | 'LISTEN'

function isLegacyKey(key: string): key is LegacyKey {
  return Object.hasOwn(RENAMED, key) || Object.hasOwn(IGNORED, key) || key === 'LISTEN'
}

/** Reads one of the legacy server's keys into `read`; `called` names it in a sentence. */
function readLegacyKey(key: LegacyKey, text: string, called: string, read: FileSettings): void {
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
  // For the legacy server it meant every address, which here would publish an open server. A notice says so.
  read.notices.push(
    `${called} has no host, so HOST applies: set HOST to 0.0.0.0 to accept connections from other machines.`,
  )
}

function rename(name: SettingName, text: string, called: string, read: FileSettings): void {
  if (!text) return
  if (read.given[name]) return void read.notices.push(`${called} is ignored, because ${name} is also set.`)
  read.given[name] = { text, source: 'file', called }
  read.notices.push(`${called} is read as ${name}.`)
}
