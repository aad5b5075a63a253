import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { addressOf, type Carillon, emptyFolder, post } from '../services/carillon.ts'
import { isMaking, raceFor, startOn } from '../services/race.ts'
import { quick } from './load.ts'

const ROUNDS = quick ? 8 : 50
const STOPPED_MS = quick ? 5000 : 30_000
const slow = ROUNDS * 180_000

/** What a folder has been through before four start on it at once. */
const pasts: ((dataDir: string) => Promise<unknown>)[] = [
  async () => {},
  (dataDir) => writeFile(join(dataDir, 'carillon.pid'), '999999'),
  killedWhileMaking,
  (dataDir) => writeFile(join(dataDir, 'carillon.pid'), String(process.pid)),
]

async function killedWhileMaking(dataDir: string): Promise<void> {
  const server = await startOn(dataDir)
  await waitFor(() => isMaking(dataDir), { timeout: 60_000 })
  await server.stop('SIGKILL')
}

/** A server that does not answer for long is still the owner. */
async function staysOwner(owner: Carillon, dataDir: string): Promise<void> {
  owner.process.kill('SIGSTOP')
  await pause(STOPPED_MS)
  const other = await startOn(dataDir)
  expect(await other.exit()).toBe(1)
  expect(other.said()).toContain(`is in use by process ${owner.process.pid}.`)
  owner.process.kill('SIGCONT')
}

it(
  `of four starts at once on one folder one serves and the data is whole, ${ROUNDS} times`,
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const dataDir = await emptyFolder()
      await pasts[round % pasts.length]!(dataDir)
      const first = await raceFor(dataDir)
      if (round % 10 === 0) await staysOwner(first, dataDir)
      const pusher = `p${round}`
      expect((await post(`${await addressOf(first)}/pusher/pushers/`, { pusher })).status).toBe(200)
      await first.stop('SIGKILL')
      const second = await raceFor(dataDir)
      const found = await fetch(`${await addressOf(second)}/pusher/pushers/${pusher}`)
      expect(await found.json()).toMatchObject({ pusher: { id: pusher } })
      expect(await second.stop('SIGTERM')).toBe(0)
    }
    console.log(`${ROUNDS} rounds of four starts at once: one served each time`)
  },
  slow,
)
