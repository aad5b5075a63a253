import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasPostgres } from '../services/database.ts'
import { canKillRedis, type KillableRedis, killableRedis } from '../services/fresh-redis.ts'
import { blackHole } from './black-hole.ts'
import { PUSHES, pushUntil } from './load.ts'
import { slow, stage, type StageOptions } from './stage.ts'

const FROZEN_MS = 10_000
const SWALLOWED_MS = 3000

describe.skipIf(!hasPostgres || !canKillRedis)('Redis', () => {
  it(
    'may be wiped',
    async () => {
      const redis = await ownRedis()
      const { client, run } = await act(redis, 'Redis was wiped twice')
      const { lost, duplicates, unanswered } = await run([() => client.flushall(), () => client.flushall()])
      expect({ lost, duplicates, unanswered }).toEqual({ lost: 0, duplicates: 0, unanswered: 0 })
    },
    slow,
  )

  it(
    'may be killed and come back empty',
    async () => {
      const redis = await ownRedis()
      const { run } = await act(redis, 'Redis was killed')
      const { lost, duplicates, unanswered } = await run([
        async () => {
          await redis.kill()
          await redis.restart()
        },
      ])
      expect({ lost, duplicates, unanswered }).toEqual({ lost: 0, duplicates: 0, unanswered: 0 })
    },
    slow,
  )

  it(
    'may freeze for a while',
    async () => {
      const redis = await ownRedis()
      const { client, run } = await act(redis, `Redis was frozen for ${FROZEN_MS / 1000} s`)
      const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1])
      const { lost, duplicates, unanswered } = await run([() => freeze(pid)])
      expect({ lost, duplicates, unanswered }).toEqual({ lost: 0, duplicates: 0, unanswered: 0 })
    },
    slow,
  )

  it(
    'may be cut off without a word',
    async () => {
      const redis = await ownRedis()
      const hole = await blackHole(redis.url)
      const { run } = await act({ ...redis, url: hole.url }, 'the connections to Redis led nowhere')
      const { lost, duplicates, unanswered } = await run([
        async () => {
          hole.swallow()
          await pause(SWALLOWED_MS)
          hole.heal()
        },
      ])
      expect({ lost, duplicates, unanswered }).toEqual({ lost: 0, duplicates: 0, unanswered: 0 })
    },
    slow,
  )
})

async function ownRedis(): Promise<KillableRedis> {
  const redis = await killableRedis()
  onTestFinished(() => redis.drop())
  return redis
}

/** A play in which something happens to Redis at every quarter of the pushes. */
async function act(redis: NonNullable<StageOptions['redis']>, what: string) {
  const client = new Redis(redis.url, { maxRetriesPerRequest: null }).on('error', () => {})
  onTestFinished(() => client.disconnect())
  const { fleet, sent, tally } = await stage({ redis, answerMs: 60 })
  const [apis] = await Promise.all([fleet.apis(2), fleet.workers(3)])
  const run = async (scenes: (() => Promise<unknown>)[]) => {
    const pushing = pushUntil(() => apis.map((api) => api.client), PUSHES)
    for (const [index, scene] of scenes.entries()) {
      await sent((PUSHES * (index + 1)) / 4)
      await scene()
    }
    const load = await pushing
    return { ...(await tally(what, load)), unanswered: load.unanswered.size }
  }
  return { client, run }
}

async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  try {
    await pause(FROZEN_MS)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}
