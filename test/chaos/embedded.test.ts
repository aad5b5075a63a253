import { describe, expect, it } from 'vitest'
import { freePort } from '../services/place.ts'
import { IN_FLIGHT, fleet as fleetOf, type Fleet, type Member } from './fleet.ts'
import { addPushers, emptyLoad, quick } from './load.ts'
import { type CountingProvider, countingProvider, type ProviderOptions } from './provider.ts'
import { report, slow } from './stage.ts'

const RECIPIENTS = quick ? 500 : 5000
const KILLS = quick ? 3 : 10
const timeout = { timeout: quick ? 90_000 : 300_000 }

/** The id of a recipient's letter ends with the pusher's id. */
function pusherOf(id: string): string {
  return id.slice(id.indexOf('-') + 1)
}

/** Each recipient is a push of its own. */
function reportBroadcast(recipients: number, kills: number, provider: CountingProvider) {
  const accepted = new Set(Array.from({ length: recipients }, (_, index) => `p${index}`))
  const load = { ...emptyLoad(), accepted }
  const what = `a broadcast to ${recipients} over ${kills} kills`
  return report(
    what,
    load,
    { ...provider, delivered: new Set([...provider.yes.keys()].map(pusherOf)) },
    { bound: kills * IN_FLIGHT },
  )
}

async function alone(options: ProviderOptions): Promise<{ fleet: Fleet; provider: CountingProvider }> {
  const provider = await countingProvider(options)
  return { fleet: await fleetOf({ providerUrl: provider.url }), provider }
}

describe('the embedded server', () => {
  it(
    'that is killed again and again ends its broadcast',
    async () => {
      const { fleet, provider } = await alone({ answerMs: 60 })
      const port = await freePort()
      let server = await fleet.allInOne(port)
      await addPushers(server.client, RECIPIENTS)
      const name = await server.client.pushAll('count', 'to all')
      for (let kill = 1; kill <= KILLS; kill++) {
        const sent = () => provider.yes.size
        await expect.poll(sent, timeout).toBeGreaterThanOrEqual((RECIPIENTS * kill) / (KILLS + 1))
        await server.stop('SIGKILL')
        server = await fleet.allInOne(port)
      }
      await expect.poll(() => waiting(server), timeout).toBe(0)
      await expect.poll(async () => (await server.client.getBroadcast(name))?.state, timeout).toBe('done')
      const bound = KILLS * IN_FLIGHT
      const { lost, duplicates } = reportBroadcast(RECIPIENTS, KILLS, provider)
      expect(lost).toBe(0)
      expect(duplicates).toBeLessThanOrEqual(bound)
      expect(await server.client.getBroadcast(name)).toMatchObject({ sent: RECIPIENTS, dead: 0, skipped: 0 })
    },
    slow,
  )

  // On a busy machine the kill can come after the time they were scheduled for: then it meets sends in flight.
  it(
    'that is killed sends what was scheduled once, and not early',
    async () => {
      const schedat = Math.ceil(Date.now() / 1000) + 25
      let early = 0
      const mood = () => {
        if (Date.now() < schedat * 1000) early++
        return 'yes' as const
      }
      const { fleet, provider } = await alone({ answerMs: 0, mood })
      const port = await freePort()
      const server = await fleet.allInOne(port)
      await addPushers(server.client)
      const load = emptyLoad()
      for (let number = 0; number < 100; number++) {
        await server.client.push('count', `p${number % 20}`, `later ${number}`, { schedat })
        load.accepted.add(`later ${number}`)
      }
      const bound = Date.now() < schedat * 1000 ? 0 : IN_FLIGHT
      await server.stop('SIGKILL')
      await fleet.allInOne(port)
      await expect.poll(() => provider.yes.size, timeout).toBe(100)
      const counts = report('scheduled pushes over a kill', load, provider, { bound })
      expect({ lost: counts.lost, early }).toEqual({ lost: 0, early: 0 })
      expect(counts.duplicates).toBeLessThanOrEqual(bound)
    },
    slow,
  )
})

async function waiting({ client }: Member): Promise<number> {
  return (await client.getSenders()).find(({ name }) => name === 'count')?.waiting ?? 0
}
