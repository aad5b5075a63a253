import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { IN_FLIGHT } from './fleet.ts'
import { PUSHES, pushUntil, quick } from './load.ts'
import { slow, stage, type StageOptions } from './stage.ts'

const KILLS = quick ? 8 : 30
/** One that is killed may be starting still: the next must run first. */
const patient = { timeout: 60_000 }

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
    'of which a random one is killed every second lose nothing',
    async () => {
      const { fleet, sent, tally } = await stage({ answerMs: 100 })
      const [apis, workers] = await Promise.all([fleet.apis(2), fleet.workers(3)])
      const pushing = pushUntil(() => apis.map(({ client }) => client), PUSHES)
      await sent(PUSHES / 20)
      const starting: Promise<unknown>[] = []
      for (let kills = 0; kills < KILLS; kills++) {
        await pause(1000)
        const victim = await waitFor(() => workers.splice(Math.floor(Math.random() * workers.length), 1)[0], patient)
        await victim.stop('SIGKILL')
        starting.push(fleet.worker().then((worker) => workers.push(worker)))
      }
      const load = await pushing
      await Promise.all(starting)
      const bound = KILLS * IN_FLIGHT
      const { lost, duplicates } = await tally(`a worker killed every second, ${KILLS} times`, load, bound)
      expect(lost).toBe(0)
      expect(duplicates).toBeLessThanOrEqual(bound)
      expect(load.unanswered.size).toBe(0)
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
      const load = await pushing
      // Only when its lease is over do the others send what it held.
      const { lost, duplicates } = await tally('a worker frozen past its lease', load, IN_FLIGHT)
      workers[0]!.process.kill('SIGCONT')
      await expect.poll(rows.liveWorkers, { timeout: 30_000 }).toBe(3)
      const again = await tally('the same, thawed', load, IN_FLIGHT)
      expect(again).toEqual({ lost, duplicates })
      expect(lost).toBe(0)
      expect(duplicates).toBeLessThanOrEqual(IN_FLIGHT)
    },
    slow,
  )

  it(
    'that all die keep what was put off for later',
    async () => {
      const later: StageOptions['mood'] = ({ attempt }) => (attempt === 1 ? 'later' : 'yes')
      const { fleet, provider, tally } = await stage({ mood: later })
      const [apis, workers] = await Promise.all([fleet.apis(2), fleet.workers(3)])
      const pushing = pushUntil(() => apis.map(({ client }) => client), PUSHES)
      await waitFor(() => provider.refused() > PUSHES / 2, patient)
      await Promise.all(workers.map((worker) => worker.stop('SIGKILL')))
      expect(provider.yes.size).toBeLessThan(PUSHES)
      await fleet.workers(3)
      const bound = workers.length * IN_FLIGHT
      const { lost, duplicates } = await tally('sendLater over the death of all workers', await pushing, bound)
      expect(lost).toBe(0)
      expect(duplicates).toBeLessThanOrEqual(bound)
    },
    slow,
  )
})
