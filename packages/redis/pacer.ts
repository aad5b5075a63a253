import { createHash } from 'node:crypto'
import type { AddressPacer } from '@carillon/contract'
import { RESERVATION_LIFE_MS } from '@carillon/limiter'
import type { Redis } from 'ioredis'
import { defineScripts } from './scripts.ts'

/**
 * An address is a hash: `next` is the first moment that nobody has reserved, and moments before `held` are void, both in
 * unix ms by the clocks of the callers. It expires when neither matters any more. ARGV[1]: its key, ARGV[2]: now.
 */
const shared = `
local now = tonumber(ARGV[2])
local pace = redis.call('HMGET', ARGV[1], 'next', 'held')
local free, held = tonumber(pace[1] or 0), tonumber(pace[2] or 0)

local function remember()
  redis.call('HSET', ARGV[1], 'next', string.format('%.0f', free), 'held', string.format('%.0f', held))
  redis.call('PEXPIRE', ARGV[1], free - now + ${RESERVATION_LIFE_MS})
end
`

const scripts = {
  /** ARGV[3]: milliseconds between two sends, ARGV[4]: the reserved moment; -1 for none. */
  reserve: `${shared}
local moment = tonumber(ARGV[4])
if moment < held or now - moment > ${RESERVATION_LIFE_MS} then
  moment = math.max(now, free)
  free = moment + tonumber(ARGV[3])
  remember()
end
return moment`,

  /** ARGV[3]: milliseconds. */
  hold: `${shared}
held = math.max(held, now + tonumber(ARGV[3]))
free = math.max(free, held)
remember()`,
}

/**
 * Spaces out what all processes send.
 * @param now unix ms
 */
export function redisPacer(redis: Redis, prefix: string, now: () => number = Date.now): AddressPacer {
  const { reserve, hold } = defineScripts(redis, 'pacer', scripts)
  const keyOf = (key: string) => `${prefix}:pace:${createHash('sha256').update(key).digest('base64url')}`
  return {
    async reserve(key, every, reserved = -1) {
      const time = now()
      const moment = Number(await reserve(keyOf(key), time, Math.ceil(every), reserved))
      return moment <= time ? 0 : moment
    },
    async hold(key, ms) {
      await hold(keyOf(key), now(), Math.ceil(ms))
    },
  }
}
