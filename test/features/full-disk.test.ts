import { randomBytes } from 'node:crypto'
import { createClient } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, post } from '../services/carillon.ts'
import { canMountDisk, smallDisk } from '../services/small-disk.ts'

const slow = 180_000
const FULL = { err: 'The disk is full, and nothing was accepted; free some space and try again.', code: 'unavailable' }
/** Nothing but the database is written to. */
const env = { OUTBOX: '0' }

async function startOn(folder: string) {
  const server = await carillon(['start', '--port', '0'], env, folder)
  const url = await addressOf(server)
  const client = createClient({ url })
  onTestFinished(() => client.close())
  const push = (text: string) =>
    post(`${url}/pusher/sendmail/push`, { pusher: 'lupino', data: JSON.stringify({ subject: 's', text }) })
  const waiting = async () => (await client.getSenders()).find(({ name }) => name === 'sendmail')?.waiting ?? 0
  return { server, client, push, waiting }
}

describe.skipIf(!canMountDisk)('a disk that is full', () => {
  it(
    'stops the start with a sentence',
    async () => {
      const disk = await smallDisk(20)
      const server = await carillon(['start', '--port', '0'], {}, disk.folder)
      expect(await server.exit()).toBe(1)
      expect(server.said()).toMatch(/^The disk of \S+\.data is full: \d+ MB are free, .* set DATA_DIR to .*\.\n$/m)
    },
    slow,
  )

  it(
    'has pushes refused, until there is room again',
    async () => {
      const disk = await smallDisk(160)
      const { server, client, push, waiting } = await startOn(disk.folder)
      await client.addPusher('lupino')
      await client.addSender('sendmail', 'lupino')
      await disk.fill()
      const answer = await waitFor(async () => {
        const answered = await push(randomBytes(6000).toString('hex'))
        return answered.status !== 200 && answered
      })
      expect(answer).toEqual({ status: 503, body: FULL })
      expect(server.said()).toContain(FULL.err)
      const before = await waiting()
      await disk.free()
      expect((await push('there is room')).status).toBe(200)
      expect(await waiting()).toBe(before + 1)
    },
    slow,
  )

  it(
    'ends the embedded database when its log has no room, and loses nothing that was accepted',
    async () => {
      const disk = await smallDisk(160)
      const { server, client, push } = await startOn(disk.folder)
      await client.addPusher('lupino')
      await client.addSender('sendmail', 'lupino')
      await disk.fill(15_500) // less than the next segment of the log
      let accepted = 0
      for (;;) {
        const answer = await push(randomBytes(60_000).toString('base64')).catch(() => null)
        if (answer?.status !== 200) break
        accepted++
      }
      expect(await server.exit()).toBe(1)
      expect(server.said()).toMatch(/^The disk of \S+\.data is full: free some space and restart Carillon\. .*\n$/m)
      await disk.free()
      const again = await startOn(disk.folder)
      expect(accepted).toBeGreaterThan(10)
      expect(await again.waiting()).toBe(accepted)
    },
    slow,
  )
})
