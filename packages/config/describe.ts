import type { Config } from './config.ts'
import { keyOf, settingNames, settingOf } from './settings.ts'
import type { SettingName } from './settings.ts'

/** A line for each setting: its name, its value without secrets, and where it was given. */
export function describe(config: Config): string[] {
  const rates = config.rates.map(({ name, text, source }) => [name, text, source] as const)
  const rows = [...settingNames.map((name) => row(config, name)), ...rates]
  const nameWidth = Math.max(...rows.map(([name]) => name.length))
  const valueWidth = Math.max(...rows.map(([, value]) => value.length))
  return rows.map(([name, value, source]) => `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${source}`)
}

/** The URL without its password. A user alone may be a token, and a query may hold a password too. */
export function maskUrl(text: string): string {
  const url = new URL(text)
  if (url.password) url.password = '***'
  else if (url.username) url.username = '***'
  for (const key of new Set(url.searchParams.keys())) url.searchParams.set(key, '***')
  url.hash = ''
  return url.href
}

function row(config: Config, name: SettingName): readonly [string, string, string] {
  return [name, shownValue(config, name), config.sources[keyOf(name)]]
}

function shownValue(config: Config, name: SettingName): string {
  const value = config[keyOf(name)]
  const { secret } = settingOf(name)
  if (value === undefined || value === '') return 'not set'
  if (secret === 'whole') return 'set'
  return secret === 'password' ? maskUrl(String(value)) : plain(value)
}

function plain(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  return typeof value === 'object' ? value.join(',') || 'none' : String(value)
}
