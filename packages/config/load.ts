import { describeIssues } from '@carillon/contract'
import { asText } from './as-text.ts'
import { crossCheck } from './cross-check.ts'
import { ConfigError } from './config.ts'
import type { Config, Environment, Given, GivenSettings, Source } from './config.ts'
import { readConfigFile } from './file.ts'
import { checkRates, ratesFromEnvironment, ratesFromFlags } from './rates.ts'
import { flagOf, keyOf, settingNames, settingOf } from './settings.ts'
import type { SettingKey, SettingName, Settings } from './settings.ts'

export interface ConfigInput {
  /** Usually `process.env`. An empty value means "not set". */
  env?: Environment
  /** By key (`retryTimes`), as commander makes them; keys that are no settings are left alone. */
  flags?: Readonly<Record<string, unknown>>
  /** Path of a JSON file that must exist; absent: `carillon.json`, if there. */
  file?: string | undefined
  /** Folder that relative paths of files start from; default the process's. */
  cwd?: string
}

/**
 * The configuration: a flag beats the environment, which beats the file, which beats the default.
 * @throws ConfigError with every problem at once.
 */
export function loadConfig({ env = {}, flags = {}, file, cwd = process.cwd() }: ConfigInput): Config {
  const read = readConfigFile(file, cwd)
  const given: GivenSettings = { ...read.given, ...fromEnvironment(env), ...fromFlags(flags) }
  const checked = check(given)
  const [envRates, flagRates] = [ratesFromEnvironment(env), ratesFromFlags(flags.rate)]
  const checkedRates = checkRates({ ...read.rates, ...envRates.given, ...flagRates.given })
  const together = crossCheck(given, checked.values)
  const ofRates = [...envRates.problems, ...flagRates.problems, ...checkedRates.problems]
  const problems = [...read.problems, ...checked.problems, ...ofRates, ...together.problems]
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze({
    ...(checked.values as Settings), // complete: every setting was parsed without a problem
    open: !given.APP_KEY,
    rates: checkedRates.rates,
    notices: Object.freeze([...read.notices, ...together.notices]),
    sources: sourcesOf(given),
    environment: Object.freeze({ ...env }),
  })
}

function fromEnvironment(env: Environment): GivenSettings {
  return collect('env', (name) => ({ text: env[name], called: name }))
}

function fromFlags(flags: Readonly<Record<string, unknown>>): GivenSettings {
  return collect('flag', (name) => ({ text: asText(flags[keyOf(name)]), called: flagOf(name) }))
}

function collect(source: Source, find: (name: SettingName) => { text: string | undefined; called: string }) {
  const given: GivenSettings = {}
  for (const name of settingNames) {
    const { text, called } = find(name)
    if (text) given[name] = { text, source, called }
  }
  return given
}

function check(given: GivenSettings): { values: Partial<Settings>; problems: string[] } {
  const values: Partial<Record<SettingKey, unknown>> = {}
  const problems: string[] = []
  for (const name of settingNames) {
    const result = parse(name, given[name])
    if ('problem' in result) problems.push(result.problem)
    else values[keyOf(name)] = result.value
  }
  return { values: values as Partial<Settings>, problems } // each value came from its own schema
}

function parse(name: SettingName, given: Given | undefined): { value: unknown } | { problem: string } {
  const { schema, default: fallback } = settingOf(name)
  const text = given?.text ?? fallback
  if (text === undefined) return { value: undefined }
  const result = schema.safeParse(text)
  if (result.success) return { value: result.data }
  return { problem: `${given?.called ?? name} ${describeIssues(result.error.issues)}.` }
}

function sourcesOf(given: GivenSettings): Config['sources'] {
  const entries = settingNames.map((name) => [keyOf(name), given[name]?.source ?? 'default'])
  return Object.freeze(Object.fromEntries(entries))
}
