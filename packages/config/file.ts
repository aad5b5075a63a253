import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { asText } from './as-text.ts'
import type { Given, GivenSettings } from './config.ts'
import { type GivenRates, rateNameOf } from './rates.ts'
import { isSeedKey, readSeedKey } from './seed.ts'
import { isSettingName } from './settings.ts'

const DEFAULT_FILE = 'carillon.json'

/** What a file gave; its problems stop the start, its notices are only said. */
export interface FileSettings {
  given: GivenSettings
  rates: GivenRates
  problems: string[]
  notices: string[]
}

/** Reads `path`, or `carillon.json` if there. Keys are settings' names in either case, or the seed's. */
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
    read.problems.push(`${file} must hold one JSON object, such as {"port": 6001}.`)
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

/** Our own names first: they win over the seed's names for the same thing. */
function readEntries(content: Record<string, unknown>, file: string, read: FileSettings): void {
  const ours = Object.entries(content).filter(([key]) => !isSeedKey(key.toUpperCase()))
  const seeds = Object.entries(content).filter(([key]) => isSeedKey(key.toUpperCase()))
  for (const [key, value] of [...ours, ...seeds]) readEntry(key, value, file, read)
}

function readEntry(key: string, value: unknown, file: string, read: FileSettings): void {
  const called = `${key} in ${file}`
  const name = key.toUpperCase()
  const rate = rateNameOf(key)
  const text = asText(value)
  if (!isSeedKey(name) && !isSettingName(name) && rate === undefined)
    read.problems.push(`${called} is not a setting; see docs/configuration.md.`)
  else if (text === undefined) read.problems.push(`${called} must be text, a number, true or false.`)
  else if (isSeedKey(name)) readSeedKey(name, text, called, read)
  else if (isSettingName(name)) give(read.given, name, { text, source: 'file', called }, read)
  else give(read.rates, rate ?? name, { text, source: 'file', called }, read)
}

function give(given: Record<string, Given>, name: string, value: Given, read: FileSettings): void {
  const other = given[name]
  if (other) read.problems.push(`${value.called} and ${other.called} are one setting: give one of them.`)
  else if (value.text) Object.assign(given, { [name]: value })
}
