import type { SnapperQueues } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { onEverySnapper } from '../services/snapper.ts'
import { authFrame, bulk, consumer, newUser, producer, rawProducer, tokenOf } from '../services/snapper-clients.ts'

onEverySnapper(
  'while its queues are away, Snapper',
  (current) => {
    const app = () => current().apps[0]!
    const here = () => current().pair[0]

    /** The next calls fail, `done` of them although they took effect. */
    function failing(method: keyof SnapperQueues, { times = 1, done = false } = {}) {
      const { queues } = current()
      const original = queues[method] as (...of: never[]) => Promise<unknown>
      let failed = 0
      const fail = async (...of: never[]) => {
        if (failed >= times) return original(...of)
        failed++
        if (done) await original(...of)
        throw new Error('away')
      }
      Object.assign(queues, { [method]: fail })
      onTestFinished(() => void Object.assign(queues, { [method]: original }))
      return () => failed
    }

    async function connected() {
      const user = newUser()
      const client = await consumer(here(), tokenOf(app(), { userId: user }))
      return { client, room: `user${user}` }
    }

    it('keeps messages whose caller waits for no answer, in order', async () => {
      const { client, room } = await connected()
      const failed = failing('publish', { times: 2 })
      const raw = await rawProducer(here())
      const publish = (message: string) =>
        bulk(JSON.stringify({ jsonrpc: '2.0', method: 'publish', params: [room, message] }))
      raw.write(authFrame(tokenOf(app(), {})) + publish('1') + publish('2'))
      await raw.hears(1)
      raw.socket.end() // it has gone before the queues are there again
      await waitFor(() => client.messages().length === 2)
      expect([client.messages(), failed()]).toEqual([['1', '2'], 2])
    })

    it('reports an error to callers that wait for an answer', async () => {
      failing('publish')
      failing('join')
      const server = producer(here(), app())
      const internal = { code: -32603, message: 'Internal error' }
      await expect(server.request('publish', ['room', 'm'])).rejects.toMatchObject(internal)
      await expect(server.join('room', 'id')).rejects.toMatchObject(internal)
      expect(await server.join('room', 'id')).toBe(1)
    })

    it('looks again for what waits', async () => {
      const { client, room } = await connected()
      const failed = failing('claim')
      await producer(here(), app()).request('publish', [room, 'late'])
      await waitFor(() => client.messages().length === 1)
      expect([client.messages(), failed()]).toEqual([['late'], 1])
    })

    it.each([false, true])(
      'hears an acknowledgement again that could not be kept (%s: that seemed so)',
      async (done) => {
        const { client, room } = await connected()
        const failed = failing('acknowledge', { done })
        const server = producer(here(), app())
        await server.request('publish', [room, '1'])
        await waitFor(() => client.messages().length === 1)
        await server.request('publish', [room, '2'])
        await waitFor(() => client.messages().length === 2)
        expect([client.messages(), failed()]).toEqual([['1', '2'], 1])
      },
    )

    it('refuses a consumer whose queue cannot be created, and leaves nothing behind', async () => {
      const userId = newUser()
      failing('open')
      const query = new URLSearchParams({ EIO: '3', transport: 'polling', token: tokenOf(app(), { userId }) })
      const enter = async () => (await fetch(`${here().url}/websocket/?${query.toString()}`)).status
      expect(await enter()).toBe(400)
      expect(await producer(here(), app()).request('consumers', [userId])).toMatchObject({ length: 0 })
      expect(await enter()).toBe(200)
    })
  },
  { timeouts: { ack: 300 } },
)
