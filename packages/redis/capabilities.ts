import { errorCode } from '@carillon/contract'
import type { Redis } from 'ioredis'

/** The fields of INFO by name; empty where the user may not call it. */
export type ServerInfo = Readonly<Record<string, string>>

export async function serverInfo(redis: Redis): Promise<ServerInfo> {
  try {
    return parsed(await redis.info())
  } catch (error) {
    if (errorCode(error) === 'NOPERM') return {}
    throw error
  }
}

function parsed(text: string): ServerInfo {
  const fields = text.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':')
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : []
  })
  return Object.fromEntries(fields)
}

/** The first version with every command that Carillon calls. */
export const OLDEST = '6.2'

export function isTooOld({ redis_version: version }: ServerInfo): boolean {
  if (version === undefined) return false
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 6 || (major === 6 && minor < 2)
}

/** Whether Redis stores nothing on a disk; undefined when unknown. */
export async function isForgetful(redis: Redis, { aof_enabled: appends }: ServerInfo): Promise<boolean | undefined> {
  if (appends !== '0') return appends === undefined ? undefined : false
  const [, save] = ((await redis.config('GET', 'save').catch(() => [])) ?? []) as string[]
  return save === undefined ? undefined : save === ''
}

/** The commands that Carillon and BullMQ call, with harmless arguments on scratch keys. */
const COMMANDS = `
set S 0 PX 1000|get S|incr S|incrby S 1|pexpire S 1000|pexpireat S 0|expire S 1|ttl S|pttl S|exists S
hset H f 1|hmset H f 1|hsetnx H f 1|hget H f|hmget H f|hgetall H|hkeys H|hlen H|hexists H f|hincrby H f 1|hrandfield H 1|hscan H 0|hdel H f
zadd Z 1 m|zscore Z m|zcard Z|zcount Z 0 0|zrange Z 0 0|zrevrange Z 0 0|zrangebyscore Z 0 0|zrevrangebyscore Z 0 0
zrangebylex Z - +|zlexcount Z - +|zpopmin Z|zrem Z m|zremrangebyscore Z 0 0|zremrangebyrank Z 0 0
lpush L a|rpush L a|llen L|lrange L 0 0|lindex L 0|lpos L a|ltrim L 0 9|lrem L 0 c|rpoplpush L L|lpop L|rpop L
sadd E a|scard E|sismember E a|smembers E|srem E a|xadd X * f v|xlen X|xrange X - +|xtrim X MAXLEN 1|xdel X 0-1
publish S m|time|unlink S H Z L E X|del S H Z L E X`

/** The scratch keys of the commands. A capital letter in a command represents its key. */
const KEYS = ['S', 'H', 'Z', 'L', 'E', 'X']

/** ARGV: a command each, its words separated by tabs. Returns each error beside the command's name. */
const TRY_ALL = `
local errors = {}
for _, line in ipairs(ARGV) do
  local words = {}
  for word in string.gmatch(line, '[^\\t]+') do words[#words + 1] = word end
  local answer = redis.pcall(unpack(words))
  if type(answer) == 'table' and answer.err then
    errors[#errors + 1] = words[1]
    errors[#errors + 1] = answer.err
  end
end
return errors`

/** A command and its error. */
export type Refused = readonly [command: string, error: Error]

/** Calls every command that Carillon needs once, on scratch keys of its prefix. @returns the commands that failed */
export async function tryCommands(redis: Redis, prefix: string): Promise<Refused[]> {
  const scratch = `${prefix}:check`
  const lines = COMMANDS.trim().split(/[|\n]/)
  const inScript = lines.map((line) => wordsOf(line, scratch).join('\t'))
  const keys = KEYS.map((letter) => `${scratch}:${letter}`)
  const direct: [string, () => Promise<unknown>][] = [
    ['eval', () => redis.eval('return 0', keys.length, ...keys)], // several keys: a cluster has them on several nodes
    ['evalsha', () => redis.evalsha('0'.repeat(40), 0)],
    ['multi', () => redis.multi().exec()],
    ['bzpopmin', () => redis.bzpopmin(`${scratch}:Z`, 0.001)],
    ['publish', () => redis.publish(`${scratch}:S`, '')],
  ]
  const refused = await Promise.all(direct.map(([command, call]) => refusedBy(command, call)))
  const isUnfit = refused.flat().some(([, error]) => !['NOPERM', 'NOSCRIPT'].includes(errorCode(error)))
  if (isUnfit) return unexpected(refused.flat())
  const inScripts: Refused[] = []
  const notRun = await refusedBy('eval', async () => {
    const errors = (await redis.eval(TRY_ALL, 0, ...inScript)) as string[]
    for (let i = 0; i < errors.length; i += 2) inScripts.push([errors[i]!, asReply(errors[i + 1]!)])
  })
  const subscribing = await refusedBy('subscribe', () => redis.subscribe(`${scratch}:S`))
  return unexpected([...refused.flat(), ...notRun, ...inScripts, ...subscribing])
}

/** Leaves out the error of EVALSHA, which calls a script that is not there. */
function unexpected(refused: Refused[]): Refused[] {
  return refused.filter(([, error]) => errorCode(error) !== 'NOSCRIPT')
}

function wordsOf(line: string, scratch: string): string[] {
  return line.split(' ').map((word) => (KEYS.includes(word) ? `${scratch}:${word}` : word))
}

async function refusedBy(command: string, call: () => Promise<unknown>): Promise<Refused[]> {
  try {
    await call()
    return []
  } catch (error) {
    return [[command, error as Error]]
  }
}

/** The error that the client would make of the answer. */
function asReply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}
