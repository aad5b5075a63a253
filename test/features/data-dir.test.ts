import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { addressOf, emptyFolder, post } from '../services/carillon.ts'
import { isMaking, raceFor, startOn } from '../services/race.ts'

const slow = 300_000

it(
  'of four first starts at once on one folder one serves, whatever was left in it, and what it took is there later',
  async () => {
    const dataDir = await emptyFolder()
    await writeFile(join(dataDir, 'carillon.pid'), '999999')
    const first = await raceFor(dataDir)
    const pusher = { pusher: 'lupino', email: 'lupino@example.com' }
    expect((await post(`${await addressOf(first)}/pusher/pushers/`, pusher)).status).toBe(200)
    await first.stop('SIGKILL')
    const second = await raceFor(dataDir)
    const found = await fetch(`${await addressOf(second)}/pusher/pushers/lupino`)
    expect(await found.json()).toMatchObject({ pusher: { id: 'lupino' } })
    expect(await second.stop('SIGTERM')).toBe(0)
    expect(existsSync(join(dataDir, 'carillon.pid'))).toBe(false)
  },
  slow,
)

it(
  'a first start that is killed half-way is begun anew by the next, and one that is stopped is believed to live',
  async () => {
    const dataDir = join(await emptyFolder(), 'data')
    const making = () => isMaking(dataDir)
    const killed = await startOn(dataDir)
    await waitFor(making, { timeout: slow })
    killed.process.kill('SIGSTOP')
    const refused = await startOn(dataDir)
    expect(await refused.exit()).toBe(1)
    expect(refused.said()).toContain(`is in use by process ${killed.process.pid}.`)
    await killed.stop('SIGKILL')
    const server = await startOn(dataDir)
    await server.says(/listens on/)
    expect(making()).toBe(false)
    for (const folder of ['', 'outbox', 'postgres'])
      expect((await stat(join(dataDir, folder))).mode & 0o777).toBe(0o700)
    expect(await server.stop('SIGTERM')).toBe(0)
  },
  slow,
)
