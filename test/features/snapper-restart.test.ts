import { waitFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { addressOf, type Carillon, carillon, post, usedFolder } from '../services/carillon.ts'
import { appWith } from '../services/realtime.ts'
import { consumer, newUser, producer, tokenOf } from '../services/snapper-clients.ts'

async function nodeOf(server: Carillon) {
  const [, producers] = await server.says(/Snapper: producers connect to 127\.0\.0\.1:(\d+)/)
  return { url: await addressOf(server), producers: Number(producers) }
}

it(
  'what was queued is delivered after the server was killed, and what is pushed then',
  { timeout: 120_000 },
  async () => {
    const folder = await usedFolder()
    const first = await carillon(['start', '--port', '0'], {}, folder)
    const before = await nodeOf(first)
    const [, secret] = await first.says(/secret +(\S+)/)
    const app = appWith({}, { secrets: [{ id: 1, secret: secret!, createdAt: 0 }] })
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

    const second = await carillon(['start', '--port', '0'], {}, folder)
    const node = await nodeOf(second)
    const late = await consumer(node, token)
    expect(late.id).toBe(early.id)
    await waitFor(() => late.messages().length >= sent.length)
    expect(late.messages()).toEqual(sent)
    expect(late.batches[0]!.id).toBe(early.batches[0]!.id)

    await post(`${node.url}/pusher/pushers/`, { pusher: user })
    await post(`${node.url}/pusher/sendrealtime/add`, { pusher: user })
    const asked: (() => void)[] = []
    late.onAsked((acknowledge) => void asked.push(acknowledge))
    await post(`${node.url}/pusher/sendrealtime/push`, { pusher: user, data: '{"event":"hello","data":{"n":1}}' })
    await waitFor(() => asked.length > 0)
    expect(late.messages().at(-1)).toBe('{"e":"hello","d":{"n":1}}')
    expect(await stateOfPush(node.url, user)).not.toBe('sent')
    asked[0]!()
    await waitFor(async () => (await stateOfPush(node.url, user)) === 'sent')
    expect(await second.stop('SIGTERM')).toBe(0)
  },
)

async function stateOfPush(url: string, pusher: string): Promise<string | undefined> {
  const { pushes } = (await (await fetch(`${url}/v1/pushes?pusher=${pusher}`)).json()) as {
    pushes: { state: string }[]
  }
  return pushes[0]?.state
}
