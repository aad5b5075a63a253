import { describeIssues, rate, type Rate } from '@carillon/contract'
import type { Environment, Given, Source } from './config.ts'

/*
 * The settings RATE_SENDMAIL, RATE_SENDSMS and so on. Plugins and hooks bring senders of any name,
 * so these cannot be lines of the table of settings.
 */

/** One of them, checked. */
export interface SenderRate extends Rate {
  /** `RATE_SENDSMS` */
  name: string
  /** As it was given: `10/s`. */
  text: string
  source: Source
}

/** By name. */
export type GivenRates = Record<string, Given>

/** For the documentation and for the help of commands. */
export const rateSetting = {
  name: 'RATE_<SENDER>',
  flags: '--rate <sender=rate...>',
  about: 'Messages of this sender at most: `10/s`, `300/m`, `5000/h`',
}

const PREFIX = 'RATE_'

export function isRateName(name: string): boolean {
  return /^RATE_[A-Z0-9_]{1,64}$/.test(name)
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

export function ratesFromEnvironment(env: Environment): GivenRates {
  const named = Object.entries(env).filter(([name, text]) => isRateName(name) && text)
  return Object.fromEntries(named.map(([name, text = '']) => [name, { text, source: 'env', called: name }]))
}

/** @param flags `sendsms=10/s`, each. */
export function ratesFromFlags(flags: unknown): GivenRates {
  if (!Array.isArray(flags)) return {}
  return Object.fromEntries(flags.map((flag) => givenByFlag(String(flag))))
}

function givenByFlag(flag: string): [string, Given] {
  const [sender = '', text = ''] = flag.split('=')
  return [nameOf(sender), { text, source: 'flag', called: `--rate ${sender}=…` }]
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

function nameOf(sender: string): string {
  return PREFIX + sender.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}
