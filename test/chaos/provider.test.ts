import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { PUSHES, pushUntil } from './load.ts'
import type { Mood, Ring } from './provider.ts'
import { slow, stage } from './stage.ts'

const SHARE = 0.3
/** Longer than a yes takes on a busy machine: one that came too late would be sent again. */
const TIMEOUT_MS = 3000
const sometimes = (mood: Mood) => () => (Math.random() < SHARE ? mood : 'yes')

/** Every fourth of the calls everything is refused, but for what comes back from an earlier storm. */
function storms(): (ring: Ring) => Mood {
  let calls = 0
  return ({ attempt }) => (calls++ % (PUSHES / 2) < PUSHES / 4 && attempt < 4 ? 'busy' : 'yes')
}

const trouble: { what: string; mood: (ring: Ring) => Mood }[] = [
  { what: '30 % server errors', mood: sometimes('error') },
  { what: '30 % time-outs', mood: sometimes('hang') },
  { what: '30 % answers cut half-way', mood: sometimes('cut') },
  { what: 'storms of 429 with Retry-After', mood: storms() },
]

describe.skipIf(!hasPostgres || !hasRedis)('a provider in trouble', () => {
  it.each(trouble)(
    'gets each push once in the end: $what',
    async ({ what, mood }) => {
      const { fleet, provider, tally } = await stage({ mood, timeoutMs: TIMEOUT_MS })
      const [apis] = await Promise.all([fleet.apis(2), fleet.workers(3)])
      const load = await pushUntil(() => apis.map(({ client }) => client), PUSHES)
      expect(await tally(`the provider: ${what}`, load)).toEqual({ lost: 0, duplicates: 0 })
      expect(provider.refused()).toBeGreaterThan(PUSHES / 5)
    },
    slow,
  )
})
