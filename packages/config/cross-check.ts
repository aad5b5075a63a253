import { BlockList, isIP } from 'node:net'
import type { GivenSettings } from './config.ts'
import type { SettingName, Settings } from './settings.ts'

const PAIRS: [SettingName, SettingName][] = [
  ['APP_KEY', 'APP_SECRET'],
  ['ADMIN_ACCOUNT', 'ADMIN_PASSWORD'],
]

/** The fetch standard's list of bad ports has it, so no browser and no `fetch` can call it. */
const PORT_OF_THE_SEED = 6000

/** What no setting can be asked alone. A value that failed its own check is absent here. */
export function crossCheck(given: GivenSettings, values: Partial<Settings>): { problems: string[]; notices: string[] } {
  return {
    problems: [
      ...PAIRS.flatMap((pair) => halfPair(given, pair)),
      ...openToTheWorld(given, values),
      ...turnWithoutSecret(given, values),
    ],
    notices: values.port === PORT_OF_THE_SEED ? ['Browsers and fetch refuse to call PORT 6000: choose another.'] : [],
  }
}

function halfPair(given: GivenSettings, [first, second]: [SettingName, SettingName]): string[] {
  if (!given[first] === !given[second]) return []
  const [there, missing] = given[first] ? [first, second] : [second, first]
  return [`${given[there]?.called} is set but ${missing} is not: set both, or neither.`]
}

function openToTheWorld(given: GivenSettings, { host }: Partial<Settings>): string[] {
  if (given.APP_KEY || given.APP_SECRET || host === undefined || isLoopback(host)) return []
  return [
    `${given.HOST?.called ?? 'HOST'} is not a loopback address, and without APP_KEY anybody could push unsigned: ` +
      'set APP_KEY and APP_SECRET, or HOST=127.0.0.1.',
  ]
}

function turnWithoutSecret(given: GivenSettings, { iceServers = [] }: Partial<Settings>): string[] {
  if (given.TURN_SECRET || !iceServers.some((url) => /^turns?:/.test(url))) return []
  return [`${given.ICE_SERVERS?.called} has a TURN server, but TURN_SECRET is not set: nobody could use it.`]
}

function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host.toLowerCase() === 'localhost'
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4')
}
