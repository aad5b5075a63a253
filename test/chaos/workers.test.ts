import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { PUSHES, pushUntil } from './load.ts'
import { slow, stage } from './stage.ts'

const TENTHS = [1, 2, 3, 4, 5, 6, 7, 8]

describe.skipIf(!hasPostgres || !hasRedis)('workers', () => {
  it(
    'that are left alone send each push once',
    async () => {
      const { fleet, tally } = await stage()
      const [apis] = await Promise.all([fleet.apis(2), fleet.workers(3)])
      const load = await pushUntil(() => apis.map(({ client }) => client), PUSHES)
      expect(await tally('no chaos', load)).toEqual({ lost: 0, duplicates: 0 })
      expect(load.unanswered.size).toBe(0)
    },
    slow,
  )

  it(
    'that are killed one after the other lose nothing',
    async () => {
      const { fleet, rows, sent, tally } = await stage({ answerMs: 100 })
      const [apis, workers] = await Promise.all([fleet.apis(2), fleet.workers(3)])
      const pushing = pushUntil(() => apis.map(({ client }) => client), PUSHES)
      let inFlight = 0
      for (const tenth of TENTHS) {
        await sent((PUSHES * tenth) / 10)
        const victim = Math.floor(Math.random() * workers.length)
        await workers[victim]!.stop('SIGKILL')
        inFlight += await rows.sending()
        workers[victim] = await fleet.worker()
      }
      const { lost, duplicates } = await tally(`${TENTHS.length} workers killed`, await pushing)
      expect(lost).toBe(0)
      expect(duplicates).toBeLessThanOrEqual(inFlight)
    },
    slow,
  )

  it(
    'of which one freezes past its lease lose nothing',
    async () => {
      const { fleet, rows, sent, tally } = await stage({ answerMs: 50 })
      const [apis, workers] = await Promise.all([fleet.apis(2), fleet.workers(3)])
      const pushing = pushUntil(() => apis.map(({ client }) => client), PUSHES)
      await sent(PUSHES / 4)
      workers[0]!.process.kill('SIGSTOP')
      const inFlight = await rows.sending()
      const load = await pushing
      // Only when its lease is over do the others send what it held.
      const { lost, duplicates } = await tally('a worker frozen past its lease', load)
      workers[0]!.process.kill('SIGCONT')
      await expect.poll(rows.liveWorkers, { timeout: 30_000 }).toBe(3)
      const again = await tally('the same, thawed', load)
      expect(again).toEqual({ lost, duplicates })
      expect(lost).toBe(0)
      expect(duplicates).toBeLessThanOrEqual(inFlight)
    },
    slow,
  )

  it(
    'that all die keep what was put off for later',
    async () => {
      const count = PUSHES / 5
      const { fleet, rows, provider, tally } = await stage({ mood: ({ attempt }) => (attempt === 1 ? 'later' : 'yes') })
      const [[api], workers] = await Promise.all([fleet.apis(1), fleet.workers(2)])
      const load = await pushUntil(() => [api!.client], count)
      await expect.poll(rows.sending, { timeout: 10_000 }).toBe(0)
      await Promise.all(workers.map((worker) => worker.stop('SIGKILL')))
      expect(provider.refused()).toBeGreaterThan(0)
      await fleet.workers(2)
      const { lost, duplicates } = await tally('sendLater over the death of all workers', load)
      expect([lost, duplicates]).toEqual([0, 0])
    },
    slow,
  )
})
