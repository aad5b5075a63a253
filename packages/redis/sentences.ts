import { certificateFault, errorCode } from '@carillon/contract'
import { addressOf, userOf } from './address.ts'
import { isTooOld, OLDEST, type Refused, type ServerInfo } from './capabilities.ts'
import { redisFault } from './fault.ts'

const NO_CLUSTER =
  'is a Redis Cluster, which Carillon does not support, because it changes several keys in one step. ' +
  'Set REDIS_URL to a Redis without cluster mode; it may have replicas.'

const NO_REPLICA = 'is a replica, which accepts no writes (READONLY): set REDIS_URL to its primary.'

/** What to do about it, by the code of an answer; as the end of a sentence that begins with the server. */
const REMEDIES: Record<string, string> = {
  ASK: NO_CLUSTER,
  CLUSTERDOWN: NO_CLUSTER,
  CROSSSLOT: NO_CLUSTER,
  MOVED: NO_CLUSTER,
  TRYAGAIN: NO_CLUSTER,
  MASTERDOWN: NO_REPLICA,
  READONLY: NO_REPLICA,
  UNBLOCKED: NO_REPLICA,
  BUSY: 'is kept busy by a script (BUSY): try again in a moment, or end it with SCRIPT KILL.',
  DBINDEX: 'does not have this database number: correct the end of REDIS_URL.',
  DENIED: 'is in protected mode (DENIED): set a password in Redis and use it in REDIS_URL.',
  LOADING: 'is loading its data (LOADING): try again in a moment.',
  MAXCLIENTS: 'has as many connections as it allows: raise its maxclients, or run fewer processes.',
  NOAUTH: 'refuses the user or the password of REDIS_URL: it requires a password (NOAUTH), and REDIS_URL has none.',
  WRONGPASS: 'refuses the user or the password of REDIS_URL: correct it.',
}

/** Why Carillon cannot work with a server that says this of itself. */
export function refusalOf(info: ServerInfo, url: string): string | undefined {
  const server = `Redis at ${addressOf(url)}`
  if (info.redis_mode === 'sentinel')
    return `${server} is a Sentinel, which Carillon does not support: set REDIS_URL to the primary, or to an address that follows the primary.`
  if (info.cluster_enabled === '1') return `${server} ${NO_CLUSTER}`
  if (isTooOld(info)) return `${server} is too old (${info.redis_version}): Carillon needs ${OLDEST} or newer.`
  if (info.loading === '1') return `${server} ${REMEDIES.LOADING}`
  return info.role === 'slave' ? `${server} ${NO_REPLICA}` : undefined
}

/** Why Carillon cannot work with a server that refused some of the commands that it was tried with. */
export function refusalOfCommands(refused: readonly Refused[], url: string, prefix: string): string | undefined {
  const server = `Redis at ${addressOf(url)}`
  const by = Map.groupBy(refused, ([, error]) => errorCode(error))
  const remedy = [...by.keys()].map((code) => REMEDIES[code]).find((known) => known !== undefined)
  if (remedy) return `${server} ${remedy}`
  const unknown = namesOf(by.get('UNKNOWNCOMMAND'))
  if (unknown)
    return `${server} does not know ${unknown}: Carillon needs Redis ${OLDEST} or newer, with every command enabled.`
  const denied = by.get('NOPERM')
  return (
    denied &&
    `${server} does not give the user ${userOf(url)} the permissions that Carillon needs (NOPERM): ${lacking(denied, prefix)}.`
  )
}

function lacking(denied: readonly Refused[], prefix: string): string {
  const about = (pattern: RegExp) => denied.filter(([, { message }]) => pattern.test(message))
  if (about(/\bkeys?\b/).length > 0) return `allow it the keys that begin with ${prefix}: (~${prefix}:*)`
  if (about(/\bchannels?\b/).length > 0) return `allow it the channels that begin with ${prefix}: (&${prefix}:*)`
  return `allow it ${namesOf(denied)}`
}

function namesOf(refused: readonly Refused[] = []): string {
  return [...new Set(refused.map(([command]) => command.toUpperCase()))].join(', ')
}

/** Why no connection came about. */
export function sentenceOf(error: unknown, url: string): string {
  const address = addressOf(url)
  const { code } = redisFault(error)
  if (REMEDIES[code]) return `Redis at ${address} ${REMEDIES[code]}`
  const certificate = certificateFault(code)
  if (certificate)
    return (
      `The certificate of Redis at ${address} ${certificate} (${code}): set REDIS_TLS_CA to a file with the certificate ` +
      'of the authority that signed it, or REDIS_TLS_REJECT_UNAUTHORIZED=0 to accept any.'
    )
  const message = error instanceof Error ? error.message : ''
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/i.test(`${code} ${message}`))
    return `Redis at ${address} requires a client certificate, which Carillon does not have: set tls-auth-clients to no in Redis.`
  if (/^(?:ERR_SSL_\w+|EPROTO)$/.test(code))
    return `Redis at ${address} does not use TLS on this port (${code}): set REDIS_URL to its TLS port, or begin it with redis://.`
  if (/PEM|ERR_OSSL/.test(code)) return `The file in REDIS_TLS_CA contains no certificate (${code}): it must be PEM.`
  const why = systemCode(code) ?? (/closed/i.test(message) ? 'it closes the connection' : 'it does not answer')
  return `Redis cannot be reached at ${address} (${why}): start it, or correct REDIS_URL${hintOf(url, why)}.`
}

function systemCode(code: string): string | undefined {
  return /^E[A-Z_]+$/.test(code) ? code : undefined
}

/** What is silent to one kind of client may answer the other. */
function hintOf(url: string, why: string): string {
  if (!why.startsWith('it ') && !/^(?:ECONNRESET|EPIPE)$/.test(why)) return ''
  return url.startsWith('rediss')
    ? '; if it does not use TLS on this port, redis://'
    : '; if it uses TLS on this port, rediss://'
}

/** One sentence about what works but should be put right; undefined: nothing. */
export function noticeOf(info: ServerInfo, isForgetful: boolean | undefined, passing?: Error): string | undefined {
  const policy = info.maxmemory_policy ?? 'noeviction'
  const faults = [
    passing && `${redisFault(passing).reason} (${errorCode(passing)})`,
    policy !== 'noeviction' && `may evict Carillon's data (maxmemory-policy is ${policy} and should be noeviction)`,
    isForgetful && 'stores nothing on disk, so a restart loses queued Snapper messages (set appendonly to yes)',
  ].filter(Boolean)
  return faults.length > 0 ? `Redis works, but it ${faults.join(', and it ')}.` : undefined
}
