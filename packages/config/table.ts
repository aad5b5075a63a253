import { rateSetting } from './rates.ts'
import { flagOf, settingNames, settingOf } from './settings.ts'
import type { SettingName } from './settings.ts'

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
  const rows = [['Name', 'Default', 'Meaning'], ...settingNames.map(row), rateRow()]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  const [header = [], ...body] = rows
  return [line(header), rule, ...body.map(line)].join('\n')
}

function row(name: SettingName): string[] {
  const setting = settingOf(name)
  const fallback = setting.default ? `\`${setting.default}\`` : ''
  return [`\`${name}\``, fallback, setting.secret === 'whole' ? `${setting.about} (secret)` : setting.about]
}

function rateRow(): string[] {
  return [`\`${rateSetting.name}\``, '', rateSetting.about]
}
