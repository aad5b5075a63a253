import { BlockList, isIP } from 'node:net'
import { describeIssues } from '@carillon/contract'
import {
  asText,
  type Config,
  ConfigError,
  type Environment,
  type GivenSetting,
  type GivenSettings,
  type Source,
} from './config.ts'
import { readConfigFile } from './file.ts'
import { checkRates, ratesFromEnvironment, ratesFromFlags, unknownRates } from './rates.ts'
import {
  flagOf,
  keyOf,
  type SettingKey,
  type SettingName,
  settingNames,
  settingOf,
  type SettingValues,
} from './settings.ts'

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
 * The configuration: a flag overrides the environment, which overrides the file, which overrides the default.
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
    ...(checked.values as SettingValues), // complete: every setting was parsed without a problem
    open: !given.APP_KEY,
    rates: checkedRates.rates,
    notices: Object.freeze([...read.notices, ...together.notices, ...unknownRates(env, settingNames)]),
    sources: sourcesOf(given),
    environment: Object.freeze({ ...env }),
  })
}

/**
 * The environment as senders read it: the process's own, so that a plugin finds its variables, overridden by the
 * senders' settings from any source. A setting without a value is absent.
 */
export function senderEnv(config: Config): Record<string, string> {
  const env = { ...config.environment }
  for (const name of settingNames) {
    const value = config[keyOf(name)]
    if (settingOf(name).sender) env[name] = typeof value === 'boolean' ? onOrUnset(value) : asText(value)
  }
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function fromEnvironment(env: Environment): GivenSettings {
  return collectSettings('env', (name) => ({ text: env[name], called: name }))
}

function fromFlags(flags: Readonly<Record<string, unknown>>): GivenSettings {
  return collectSettings('flag', (name) => ({ text: asText(flags[keyOf(name)]), called: flagOf(name) }))
}

function collectSettings(source: Source, find: (name: SettingName) => { text: string | undefined; called: string }) {
  const given: GivenSettings = {}
  for (const name of settingNames) {
    const { text, called } = find(name)
    if (text) given[name] = { text, source, called }
  }
  return given
}

function check(given: GivenSettings): { values: Partial<SettingValues>; problems: string[] } {
  const values: Partial<Record<SettingKey, unknown>> = {}
  const problems: string[] = []
  for (const name of settingNames) {
    const result = parse(name, given[name])
    if ('problem' in result) problems.push(result.problem)
    else values[keyOf(name)] = result.value
  }
  return { values: values as Partial<SettingValues>, problems } // each value came from its own schema
}

function parse(name: SettingName, given: GivenSetting | undefined): { value: unknown } | { problem: string } {
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

const PAIRS: [SettingName, SettingName][] = [
  ['APP_KEY', 'APP_SECRET'],
  ['ADMIN_ACCOUNT', 'ADMIN_PASSWORD'],
  ['VIEWER_ACCOUNT', 'VIEWER_PASSWORD'],
]

/** The legacy server's port. It is on the fetch standard's list of bad ports, so no browser and no `fetch` can call it. */
const LEGACY_PORT = 6000

/** Checks that need several settings. A value that failed its own check is absent here. */
function crossCheck(given: GivenSettings, values: Partial<SettingValues>): { problems: string[]; notices: string[] } {
  return {
    problems: [
      ...PAIRS.flatMap((pair) => halfPair(given, pair)),
      ...openToTheWorld(given, values),
      ...viewerInOpenMode(given),
      ...turnWithoutSecret(given, values),
    ],
    notices: [
      ...(values.port === LEGACY_PORT ? ['Browsers and fetch refuse to call PORT 6000: choose another.'] : []),
      ...unsubscribeNotices(given, values),
    ],
  }
}

/** RFC 8058 allows unsubscribing by one click over https alone. */
function unsubscribeNotices(given: GivenSettings, { publicUrl, unsubscribeMailto }: Partial<SettingValues>): string[] {
  const unusedMailbox = unsubscribeMailto !== undefined && !given.PUBLIC_URL
  return [
    ...(unusedMailbox
      ? ['UNSUBSCRIBE_MAILTO has no effect: without PUBLIC_URL, no mail has a link to unsubscribe.']
      : []),
    ...(publicUrl !== undefined && !/^https:/i.test(publicUrl)
      ? ['PUBLIC_URL is not https, so mail programs cannot unsubscribe by one click. Set an https URL in production.']
      : []),
  ]
}

function halfPair(given: GivenSettings, [first, second]: [SettingName, SettingName]): string[] {
  if (!given[first] === !given[second]) return []
  const [there, missing] = given[first] ? [first, second] : [second, first]
  return [`${given[there]?.called} is set, but ${missing} is not: set both, or neither.`]
}

function openToTheWorld(given: GivenSettings, { host }: Partial<SettingValues>): string[] {
  if (given.APP_KEY || given.APP_SECRET || host === undefined || isLoopback(host)) return []
  return [
    `${given.HOST?.called ?? 'HOST'} is not a loopback address, so without APP_KEY anybody could push without a signature: ` +
      'set APP_KEY and APP_SECRET, or HOST=127.0.0.1.',
  ]
}

/** The console would let everybody do everything, although the operator thinks of people who only read. */
function viewerInOpenMode(given: GivenSettings): string[] {
  if (!given.VIEWER_ACCOUNT || given.ADMIN_ACCOUNT || given.ADMIN_PASSWORD || given.APP_KEY || given.APP_SECRET)
    return []
  return [
    `${given.VIEWER_ACCOUNT.called} is set, but without ADMIN_ACCOUNT nobody signs in to the console in open mode: ` +
      'set ADMIN_ACCOUNT and ADMIN_PASSWORD too.',
  ]
}

function turnWithoutSecret(given: GivenSettings, { iceServers = [] }: Partial<SettingValues>): string[] {
  if (given.TURN_SECRET || !iceServers.some((url) => /^turns?:/.test(url))) return []
  return [`${given.ICE_SERVERS?.called} contains a TURN server, but TURN_SECRET is not set, so no client could use it.`]
}

function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host.toLowerCase() === 'localhost'
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4')
}

/** Off means unset, so that a plugin cannot mistake the text "0" for on. */
function onOrUnset(value: boolean): string | undefined {
  return value ? '1' : undefined
}
