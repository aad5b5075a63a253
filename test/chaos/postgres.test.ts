import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freshDatabase } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { canRestartPostgres, ownPostgres } from '../services/own-postgres.ts'
import { blackHole } from './black-hole.ts'
import type { Member } from './fleet.ts'
import { PUSHES, pushUntil } from './load.ts'
import { slow, type Stage, stage, stageOn } from './stage.ts'

const SWALLOWED_MS = 3000

describe.skipIf(!canRestartPostgres || !hasRedis)('Postgres', () => {
  it(
    'may restart',
    async () => {
      const postgres = await ownPostgres()
      onTestFinished(() => postgres.drop())
      const play = await stage({ databaseUrl: postgres.url, answerMs: 60 })
      await act(play, 'Postgres was restarted twice', [postgres.restart, postgres.restart])
    },
    slow,
  )

  it(
    'may cut its connections',
    async () => {
      const play = await stage({ answerMs: 60 })
      const cut = async () => expect(await play.rows.cutConnections()).toBeGreaterThan(0)
      await act(play, 'the connections to Postgres were cut three times', [cut, cut, cut])
    },
    slow,
  )

  it(
    'may be cut off without a word',
    async () => {
      const database = await freshDatabase()
      onTestFinished(() => database.drop())
      const hole = await blackHole(database.url)
      const play = await stageOn(database.url, { databaseUrl: hole.url, answerMs: 60 })
      await act(play, 'the connections to Postgres led nowhere', [
        async () => {
          hole.swallow()
          await pause(SWALLOWED_MS)
          hole.heal()
        },
      ])
    },
    slow,
  )
})

/** A scene after each fifth of the pushes. Pushes that were being sent then may be sent again, and no others. */
async function act({ fleet, rows, sent, tally }: Stage, what: string, scenes: (() => Promise<unknown>)[]) {
  const [apis, workers] = await Promise.all([fleet.apis(2), fleet.workers(3)])
  const pushing = pushUntil(() => apis.map(({ client }) => client), PUSHES)
  const searching = search(apis, pushing)
  let inFlight = 0
  for (const [index, scene] of scenes.entries()) {
    await sent((PUSHES * (index + 1)) / 5)
    inFlight += await rows.sending()
    await scene()
  }
  const { lost, duplicates } = await tally(what, await pushing, inFlight)
  await searching
  expect(lost).toBe(0)
  expect(duplicates).toBeLessThanOrEqual(inFlight)
  expect([...apis, ...workers].map(({ process }) => process.exitCode)).toEqual([null, null, null, null, null])
}

/** Searches hold a connection over several statements: it may break in between. */
async function search(apis: Member[], pushing: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  void pushing.finally(() => over.abort())
  while (!over.signal.aborted) await Promise.allSettled(apis.map(({ client }) => client.searchPusher('id:p1')))
}
