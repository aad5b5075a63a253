import { describe, expect, it } from 'vitest'
import { freePort } from '../services/place.ts'
import type { Fleet, Member } from './fleet.ts'
import { addPushers, emptyLoad } from './load.ts'
import { type CountingProvider, countingProvider } from './provider.ts'
import { report, slow } from './stage.ts'
import { fleet as fleetOf } from './fleet.ts'

const full = process.env.CHAOS === 'full'
const RECIPIENTS = full ? 5000 : 500
const KILLS = full ? 10 : 3
const CONCURRENCY = 10
const patience = { timeout: 90_000 }

async function alone(answerMs: number): Promise<{ fleet: Fleet; provider: CountingProvider }> {
  const provider = await countingProvider({ answerMs })
  return { fleet: await fleetOf({ providerUrl: provider.url }), provider }
}

describe('the embedded server', () => {
  it(
    'that is killed again and again ends its broadcast',
    async () => {
      const { fleet, provider } = await alone(60)
      const port = await freePort()
      let server = await fleet.allInOne(port)
      await addPushers(server.client, RECIPIENTS)
      await server.client.pushAll('count', 'to all')
      for (let kill = 1; kill <= KILLS; kill++) {
        const sent = () => provider.yes.size
        await expect.poll(sent, patience).toBeGreaterThanOrEqual((RECIPIENTS * kill) / (KILLS + 1))
        await server.stop('SIGKILL')
        server = await fleet.allInOne(port)
      }
      await expect.poll(() => waiting(server), patience).toBe(0)
      await expect.poll(() => provider.yes.size, patience).toBe(RECIPIENTS)
      const { duplicates } = report(
        `a broadcast to ${RECIPIENTS} over ${KILLS} kills`,
        emptyLoad(),
        provider,
        new Set(),
      )
      expect(duplicates).toBeLessThanOrEqual(KILLS * CONCURRENCY)
    },
    slow,
  )

  it(
    'that is killed sends what was scheduled once, and not early',
    async () => {
      const { fleet, provider } = await alone(5)
      const port = await freePort()
      const server = await fleet.allInOne(port)
      await addPushers(server.client)
      const schedat = Math.ceil(Date.now() / 1000) + 15
      const load = emptyLoad()
      for (let number = 0; number < 100; number++) {
        await server.client.push('count', `p${number % 20}`, `later ${number}`, { schedat })
        load.accepted.add(`later ${number}`)
      }
      await server.stop('SIGKILL')
      expect(provider.yes.size).toBe(0)
      await fleet.allInOne(port)
      await expect.poll(() => provider.yes.size > 0 || Date.now() / 1000 >= schedat - 1, patience).toBe(true)
      expect(provider.yes.size).toBe(0)
      await expect.poll(() => provider.yes.size, patience).toBe(100)
      const counts = report('scheduled pushes over a kill', load, provider, new Set())
      expect(counts).toEqual({ lost: 0, duplicates: 0 })
    },
    slow,
  )
})

async function waiting({ client }: Member): Promise<number> {
  return (await client.getSenders()).find(({ name }) => name === 'count')?.waiting ?? 0
}
