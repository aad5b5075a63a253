import { waitFor } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { freePort } from '../services/place.ts'
import { ADMIN, fleet as fleetOf, IN_FLIGHT, type Member } from './fleet.ts'
import { addPushers, emptyLoad, type Load } from './load.ts'
import { type CountingProvider, countingProvider } from './provider.ts'
import { report, slow, stage } from './stage.ts'

/** Of the broadcast, and pushes beside it. */
const RECIPIENTS = 3000
const PUSHES = 200
/** In which the kill must come. */
const ROOM_MS = 10_000
const MINUTE_MS = 60_000
const timeout = { timeout: 150_000 }

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 16)
}

/** Quiet hours end with a minute. @returns when these do, in Unix milliseconds */
async function beQuiet({ url }: Member): Promise<number> {
  const end = Math.ceil((Date.now() + ROOM_MS) / MINUTE_MS) * MINUTE_MS
  const quietHours = { from: clock(end - 60 * MINUTE_MS), to: clock(end) }
  const answer = await fetch(`${url}/v1/apps/1`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${ADMIN}:${ADMIN}`)}` },
    body: JSON.stringify({ quietHours, timezone: 'UTC', smear: 0 }),
  })
  expect(answer.status).toBe(200)
  return end
}

/** A provider that counts what comes before the end of the quiet hours. */
function punctualProvider() {
  const times = { end: Infinity, early: 0 }
  const mood = () => {
    if (Date.now() < times.end) times.early++
    return 'yes' as const
  }
  return { times, options: { answerMs: 0, mood } }
}

/** Begins to push all, and waits until some of it is deferred. */
async function pushUntilDeferred({ client }: Member, load: Load) {
  const name = await client.pushAll('count', 'to all')
  for (let index = 0; index < RECIPIENTS; index++) load.accepted.add(`p${index}`)
  const pushing = Promise.all(
    Array.from({ length: PUSHES }, async (_, index) => {
      const data = `push ${index}`
      const answered = await client.push('count', `p${index}`, data).then(
        () => true,
        () => false,
      )
      load[answered ? 'accepted' : 'unanswered'].add(data)
    }),
  )
  const deferred = async () => (await client.getBroadcast(name))?.deferred ?? 0
  const some = await waitFor(async () => ((await deferred()) >= RECIPIENTS / 10 ? deferred() : undefined), timeout)
  return { name, some, pushing }
}

/** Each recipient is a push of its own. */
function reportOf(what: string, load: Load, provider: CountingProvider, bound: number) {
  const delivered = new Set([
    ...provider.delivered,
    ...[...provider.yes.keys()].map((id) => id.slice(id.indexOf('-') + 1)),
  ])
  return report(what, load, { ...provider, delivered }, { bound })
}

/** A kill after the end of the quiet hours would meet sends in flight. */
function boundAt(end: number): number {
  return Date.now() < end ? 0 : IN_FLIGHT
}

interface Fate {
  member: Member
  name: string
  what: string
  load: Load
  provider: CountingProvider
  bound: number
  early: () => number
}

async function expectAllOnce({ member, name, what, load, provider, bound, early }: Fate) {
  await expect.poll(async () => (await member.client.getBroadcast(name))?.state, timeout).toBe('done')
  await expect.poll(async () => (await member.client.getPushes({ state: 'waiting' })).length, timeout).toBe(0)
  const counts = reportOf(what, load, provider, bound)
  expect({ lost: counts.lost, early: early() }).toEqual({ lost: 0, early: 0 })
  expect(counts.duplicates).toBeLessThanOrEqual(bound)
  const all = { sent: RECIPIENTS, dead: 0, skipped: 0, pending: 0, deferred: 0 }
  expect(await member.client.getBroadcast(name)).toMatchObject(all)
}

describe('quiet hours', () => {
  it.skipIf(!hasPostgres || !hasRedis)(
    'are kept by workers that are killed while they defer, and nothing is lost',
    async () => {
      const { times, options } = punctualProvider()
      const { fleet, provider } = await stage(options)
      const [[member], workers] = await Promise.all([fleet.apis(1), fleet.workers(2)])
      await addPushers(member!.client, RECIPIENTS)
      times.end = await beQuiet(member!)
      const load = emptyLoad()
      const { name, some, pushing } = await pushUntilDeferred(member!, load)
      await Promise.all(workers.map((worker) => worker.stop('SIGKILL')))
      const bound = boundAt(times.end) * workers.length
      await Promise.all([pushing, fleet.workers(2)])
      const what = `workers killed with ${some} of ${RECIPIENTS} recipients deferred`
      await expectAllOnce({ member: member!, name, what, load, provider, bound, early: () => times.early })
    },
    slow,
  )

  it(
    'are kept by an embedded server that is killed while it defers, and nothing is lost',
    async () => {
      const { times, options } = punctualProvider()
      const provider = await countingProvider(options)
      const fleet = await fleetOf({ providerUrl: provider.url })
      const port = await freePort()
      const server = await fleet.allInOne(port)
      await addPushers(server.client, RECIPIENTS)
      times.end = await beQuiet(server)
      const load = emptyLoad()
      const { name, some, pushing } = await pushUntilDeferred(server, load)
      await server.stop('SIGKILL')
      const bound = boundAt(times.end)
      const [member] = await Promise.all([fleet.allInOne(port), pushing])
      const what = `the embedded server killed with ${some} of ${RECIPIENTS} recipients deferred`
      await expectAllOnce({ member, name, what, load, provider, bound, early: () => times.early })
    },
    slow,
  )
})
