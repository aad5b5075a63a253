import { errorCode } from '@carillon/contract'
import type { Redis } from 'ioredis'

/** What INFO says, by its field's name; empty where the user may not ask. */
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

/** Whether Redis keeps nothing on a disk; undefined where that cannot be known. */
export async function isForgetful(redis: Redis, { aof_enabled: appends }: ServerInfo): Promise<boolean | undefined> {
  if (appends !== '0') return appends === undefined ? undefined : false
  const [, save] = ((await redis.config('GET', 'save').catch(() => [])) ?? []) as string[]
  return save === undefined ? undefined : save === ''
}
