import { describeIssues, rate, type Rate } from '@carillon/contract'
import type { Environment, GivenSetting, SenderRate } from './config.ts'

/*
 * The settings RATE_SENDMAIL, RATE_SENDSMS and so on. Plugins and hooks bring senders of any name,
 * so these cannot be lines of the table of settings.
 */

/** By name. */
export type GivenRates = Record<string, GivenSetting>

/** The rates from one source, such as the environment. */
interface CollectedRates {
  given: GivenRates
  problems: string[]
}

/** For the documentation and for the help of commands. */
export const rateSetting = {
  name: 'RATE_<SENDER>',
  flags: '--rate <sender=rate...>',
  about: 'Maximum rate of this sender, such as `10/s`, `300/m` or `5000/h`',
}

const PREFIX = 'RATE_'
const RATE_NAME = /^RATE_[A-Z0-9._-]{1,64}$/i

/**
 * The setting that a variable or a key of the file means, if it means a rate: `RATE_MY_SENDER`, and also `RATE_my.sender`,
 * since the names of senders may hold small letters, dots and dashes.
 */
export function rateNameOf(name: string): string | undefined {
  return RATE_NAME.test(name) ? nameOf(name.slice(PREFIX.length)) : undefined
}

/** The rate of a sender. `my-chat` and `my_chat` have one name here, and so a rate each of the same size. */
export function rateOf(rates: readonly SenderRate[], sender: string): Rate | undefined {
  const name = nameOf(sender)
  return rates.find((each) => each.name === name)
}

/** Names of rates that none of these senders has. */
export function ratesWithoutSender(rates: readonly SenderRate[], senders: readonly string[]): string[] {
  const known = new Set(senders.map(nameOf))
  return rates.map(({ name }) => name).filter((name) => !known.has(name))
}

/** In capitals the prefix alone must be: `rate_limit` may be anybody's variable. */
export function ratesFromEnvironment(env: Environment): CollectedRates {
  const named = Object.entries(env).filter(([name]) => name.startsWith(PREFIX))
  return collect(named.map(([name, text]) => [rateNameOf(name), { text, source: 'env', called: name }]))
}

/** @param flags `sendsms=10/s`, each. */
export function ratesFromFlags(flags: unknown): CollectedRates {
  return collect(Array.isArray(flags) ? flags.map((flag) => givenByFlag(String(flag))) : [])
}

function givenByFlag(flag: string): [string, GivenSetting] {
  const [sender = '', text = ''] = flag.split('=')
  return [nameOf(sender), { text, source: 'flag', called: `--rate ${sender}=…` }]
}

/** The last one counts where all say the same; senders whose names differ in capitals, dots and dashes have one setting. */
function collect(
  entries: [name: string | undefined, given: Partial<Pick<GivenSetting, 'text'>> & Omit<GivenSetting, 'text'>][],
): CollectedRates {
  const given: GivenRates = {}
  const problems: string[] = []
  for (const [name, { text, ...from }] of entries) {
    if (name === undefined || text === undefined || (text === '' && from.source === 'env')) continue
    const other = given[name]
    if (other && other.text !== text)
      problems.push(`${from.called} and ${other.called} are the same setting, ${name}: set only one of them.`)
    given[name] = { text, ...from }
  }
  return { given, problems }
}

export function checkRates(given: GivenRates): { rates: readonly SenderRate[]; problems: string[] } {
  const rates: SenderRate[] = []
  const problems: string[] = []
  for (const [name, { text, source, called }] of Object.entries(given)) {
    const { data, error } = rate.safeParse(text)
    if (data) rates.push(Object.freeze({ name, text, source, ...data }))
    else problems.push(`${called} ${describeIssues(error.issues)}.`)
  }
  return { rates: Object.freeze(rates), problems }
}

/**
 * Variables that were meant as rates and that no setting reads, such as `SLACK_WEBHOOK_RATE=1/s`. They may be those of a
 * plugin, so they do not stop the start.
 */
export function unknownRates(env: Environment, known: readonly string[]): string[] {
  const unknown = Object.keys(env).filter((name) => name.endsWith('_RATE') && !known.includes(name))
  const meant = unknown.filter((name) => rate.safeParse(env[name]).success)
  return meant.map((name) => {
    const service = name.split('_')[0]
    const alike = known.filter((each) => each.startsWith(`${service}_`) && each.endsWith('_RATE'))
    const hint = alike.length > 0 ? `: did you mean ${alike.join(' or ')}?` : '.'
    return `${name} is not a setting of Carillon, and limits nothing unless a plugin of yours reads it${hint}`
  })
}

function nameOf(sender: string): string {
  return PREFIX + sender.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}
