import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { freePort } from '../services/place.ts'
import { emptyLoad, PUSHES, pushUntil } from './load.ts'
import { slow, stage } from './stage.ts'

describe.skipIf(!hasPostgres || !hasRedis)('an API that is killed in the middle of requests', () => {
  it(
    'has committed whatever it answered with OK',
    async () => {
      const { fleet, tally } = await stage()
      const port = await freePort()
      const [[steady], first] = await Promise.all([fleet.apis(1), fleet.api(port), fleet.workers(3)])
      let shaky = first
      const load = emptyLoad()
      const pushing = pushUntil(() => [steady!.client, shaky.client], PUSHES, load)
      for (const share of [0.2, 0.4, 0.6]) {
        await expect.poll(() => load.accepted.size, { timeout: 60_000 }).toBeGreaterThan(PUSHES * share)
        await shaky.stop('SIGKILL')
        shaky = await fleet.api(port)
      }
      await pushing
      expect(await tally('an API killed three times', load)).toEqual({ lost: 0, duplicates: 0 })
      expect(load.unanswered.size).toBeGreaterThan(0)
    },
    slow,
  )
})
