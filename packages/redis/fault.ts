import { errorCode, replyCode } from '@carillon/contract'

/** Why a Redis that answers cannot be used, by the code of its answer: each goes on after "Redis cannot be used: it". */
const REASONS: Record<string, string> = {
  ASK: 'is a Redis Cluster, which Carillon does not support',
  BUSY: 'is kept busy by a script',
  CLUSTERDOWN: 'is a node of a Redis Cluster that is down',
  CROSSSLOT: 'is a Redis Cluster, which Carillon does not support',
  DBINDEX: 'does not have a database with that number',
  DENIED: 'is in protected mode and accepts connections only from its own machine',
  LOADING: 'is loading its data',
  MASTERDOWN: 'is a replica that has lost its primary',
  MAXCLIENTS: 'has as many connections as its maxclients allows',
  MISCONF: 'accepts no writes, because it cannot save its data to disk',
  MOVED: 'is a Redis Cluster, which Carillon does not support',
  NOAUTH: 'requires a password',
  NOPERM: 'does not allow its user a command, a key or a channel that Carillon needs',
  NOREPLICAS: 'accepts no writes, because too few replicas are connected',
  NOSCRIPT: 'has lost a script, which will be loaded again',
  OOM: 'has used up its maxmemory',
  READONLY: 'is a replica, which accepts no writes',
  TRYAGAIN: 'is a Redis Cluster, which Carillon does not support',
  UNBLOCKED: 'was demoted to a replica, which accepts no writes',
  UNKNOWNCOMMAND: 'does not know a command that Carillon needs',
  WRONGPASS: 'refuses the user or the password',
}

const OF_A_DEMOTED_SERVER = new Set(['READONLY', 'UNBLOCKED'])

export interface RedisFault {
  code: string
  /** The end of a sentence that begins with "it"; absent when Redis did not answer at all. */
  reason?: string | undefined
  /** The server is no longer the primary, or never was. */
  isDemoted: boolean
}

/** What an error of a connection or a command means. It contains no key and no value. */
export function redisFault(error: unknown): RedisFault {
  const code = errorCode(error)
  const isReply = error instanceof Error && replyCode(error) !== undefined
  const reason = REASONS[code] ?? (isReply ? 'answers with an error' : undefined)
  return { code, reason, isDemoted: OF_A_DEMOTED_SERVER.has(code) }
}
