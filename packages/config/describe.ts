import type { Config } from './config.ts'
import { rateSetting } from './rates.ts'
import { flagOf, keyOf, type SettingName, settingNames, settingOf } from './settings.ts'

/** A line for each setting: its name, its value without secrets, and where it was given. */
export function describe(config: Config): string[] {
  const rates = config.rates.map(({ name, text, source }) => [name, text, source] as const)
  const rows = [...settingNames.map((name) => shownRow(config, name)), ...rates]
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

function shownRow(config: Config, name: SettingName): readonly [string, string, string] {
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

/** A command-line flag, as commander wants it. */
export interface Flag {
  /** `--retry-times <value>`, or `--outbox [value]`. */
  flags: string
  about: string
}

/** A flag for every setting. */
export function settingFlags(): Flag[] {
  const flags = settingNames.map((name) => {
    const { about, flag } = settingOf(name)
    return { flags: `${flagOf(name)} ${flag ? '[value]' : '<value>'}`, about }
  })
  return [...flags, rateSetting].map(({ flags: flag, about }) => ({ flags: flag, about: about.replaceAll('`', '') }))
}

/** The settings as a Markdown table with aligned columns, for docs/configuration.md. */
export function settingsTable(): string {
  const rows = [['Name', 'Default', 'Meaning'], ...settingNames.map(tableRow), rateRow()]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  const [header = [], ...body] = rows
  return [line(header), rule, ...body.map(line)].join('\n')
}

function tableRow(name: SettingName): string[] {
  const setting = settingOf(name)
  const fallback = setting.default ? `\`${setting.default}\`` : ''
  return [`\`${name}\``, fallback, setting.secret === 'whole' ? `${setting.about} (secret)` : setting.about]
}

function rateRow(): string[] {
  return [`\`${rateSetting.name}\``, '', rateSetting.about]
}

/** A shorter one turns up in any text by chance, and protects nothing. */
const SHORTEST = 8

const SECRET_PARAMETER = /pass|secret|token|key/i

/** Every configured secret, those inside URLs too, for what must be kept out of logs. */
export function secretsOf(config: Config): string[] {
  const secrets = settingNames.flatMap((name) => {
    const value = config[keyOf(name)]
    const { secret } = settingOf(name)
    if (!secret || typeof value !== 'string') return []
    return secret === 'whole' ? [value] : [value, ...secretsInUrl(value)]
  })
  return secrets.filter((secret) => secret.length >= SHORTEST)
}

/** As written, and decoded, as a driver's error would show it. A user's name is not a secret: it is an ordinary word. */
function secretsInUrl(text: string): string[] {
  const { password, searchParams } = new URL(text)
  const parameters = [...searchParams].filter(([name]) => SECRET_PARAMETER.test(name)).map(([, value]) => value)
  return [password, decode(password), ...parameters]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
