import { waitFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { addressOf, type Carillon, carillon, post, usedFolder } from '../services/carillon.ts'
import { appWith } from '../services/realtime.ts'
import { consumer, newUser, producer, tokenOf } from '../services/snapper-clients.ts'

const key = { APP_KEY: 'the-key', APP_SECRET: 'the-secret' }
const app = appWith({}, { secrets: [{ id: 1, secret: key.APP_SECRET, createdAt: 0 }] })

async function nodeOf(server: Carillon) {
  const [, producers] = await server.says(/Snapper: producers connect to 127\.0\.0\.1:(\d+)/)
  return { url: await addressOf(server), producers: Number(producers) }
}

it('what was queued is delivered after the server was killed', { timeout: 120_000 }, async () => {
  const folder = await usedFolder()
  const first = await carillon(['start', '--port', '0'], key, folder)
  const before = await nodeOf(first)
  const [user, sent] = [newUser(), Array.from({ length: 300 }, (_, turn) => String(turn))]
  const token = tokenOf(app, { userId: user })
  const early = await consumer(before, token)
  const server = producer(before, app)
  await server.join('kept', early.id)
  early.onAsked(() => {})
  await server.request(
    'publish',
    sent.map((message, turn) => [turn % 2 === 0 ? 'kept' : `user${user}`, message]),
  )
  await waitFor(() => early.messages().length > 0)
  await first.stop('SIGKILL')
  early.close()

  const second = await carillon(['start', '--port', '0'], key, folder)
  const late = await consumer(await nodeOf(second), token)
  expect(late.id).toBe(early.id)
  await waitFor(() => late.messages().length >= sent.length)
  expect(late.messages()).toEqual(sent)
  expect(late.batches[0]!.id).toBe(early.batches[0]!.id)
  expect(await second.stop('SIGTERM')).toBe(0)
})

it('a push is delivered once a consumer has acknowledged it', { timeout: 120_000 }, async () => {
  const server = await carillon(['start', '--port', '0'], {}, await usedFolder())
  const node = await nodeOf(server)
  const [, secret] = await server.says(/secret +(\S+)/)
  const opened = appWith({}, { secrets: [{ id: 1, secret: secret!, createdAt: 0 }] })
  const state = async () => {
    const { pushes } = (await (await fetch(`${node.url}/v1/pushes?pusher=ada`)).json()) as {
      pushes: { state: string }[]
    }
    return pushes[0]?.state
  }
  await post(`${node.url}/pusher/pushers/`, { pusher: 'ada' })
  await post(`${node.url}/pusher/sendrealtime/add`, { pusher: 'ada' })
  const client = await consumer(node, tokenOf(opened, { userId: 'ada' }))
  const asked: (() => void)[] = []
  client.onAsked((acknowledge) => void asked.push(acknowledge))
  await post(`${node.url}/pusher/sendrealtime/push`, { pusher: 'ada', data: '{"event":"hello","data":{"n":1}}' })
  await waitFor(() => asked.length > 0)
  expect(client.messages()).toEqual(['{"e":"hello","d":{"n":1}}'])
  expect(await state()).not.toBe('sent')
  asked[0]!()
  await waitFor(async () => (await state()) === 'sent')
})

it('a port that is taken is told, by its setting', { timeout: 60_000 }, async () => {
  const first = await carillon(['start', '--port', '0'], {}, await usedFolder())
  const { producers } = await nodeOf(first)
  const second = await carillon(['start', '--port', '0', '--snapper-port', String(producers)])
  expect(await second.exit()).not.toBe(0)
  expect(second.said()).toContain(
    `Port ${producers} of 127.0.0.1 is taken: stop what listens there, or set SNAPPER_PORT`,
  )
})
