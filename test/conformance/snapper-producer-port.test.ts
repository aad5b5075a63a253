import { once } from 'node:events'
import { waitFor } from '@carillon/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { onEverySnapper, openEmbedded } from '../services/snapper.ts'
import { authFrame, bulk, consumer, newUser, producer, rawProducer, tokenOf } from '../services/snapper-clients.ts'

const rpc = (message: object) => bulk(JSON.stringify({ jsonrpc: '2.0', ...message }))

onEverySnapper('the producer port', (current) => {
  const app = () => current().apps[0]!
  const node = () => current().pair[0]
  async function signedIn() {
    const raw = await rawProducer(node())
    raw.write(authFrame(tokenOf(app(), { id: 'raw' })))
    await raw.hears(1)
    return raw
  }

  it('holds what was sent before the answer to auth, in order', async () => {
    const raw = await rawProducer(node())
    const echo = (id: number) => rpc({ id, method: 'echo', params: [id] })
    raw.write(authFrame(tokenOf(app(), {})) + echo(1) + echo(2) + echo(3).slice(0, 10))
    await raw.hears(3)
    raw.write(echo(3).slice(10))
    expect(await raw.hears(4)).toEqual([
      { jsonrpc: '2.0', id: 'auth', result: 'OK' },
      ...[1, 2, 3].map((id) => ({ jsonrpc: '2.0', id, result: [id] })),
    ])
  })

  it.each([
    rpc({ id: 1, method: 'publish', params: ['a', 'b'] }),
    rpc({ method: 'auth', params: ['x'] }),
    rpc({ id: 1, result: 'OK' }),
    bulk('[]'),
    bulk('no JSON'),
    '+no JSON\r\n',
  ])('says Unauthorized to whoever begins with %j', async (bytes) => {
    const raw = await rawProducer(node())
    raw.write(bytes)
    expect(await raw.hears(1)).toEqual([{ name: 'Unauthorized' }])
    await raw.ended()
  })

  it.each([
    [bulk('no JSON'), -32700],
    [bulk('[{"jsonrpc":"2.0","id":1,"method":"echo"}]'), -32600],
    [bulk('[]'), -32600],
    [bulk('null'), -32600],
    [bulk('5'), -32600],
    [bulk('{}'), -32600],
    [bulk('{"id":1,"method":"echo"}'), -32600],
    [rpc({ id: {}, method: 'echo' }), -32600],
    [rpc({ id: 1, method: 5 }), -32600],
    [rpc({ id: 1, method: 'echo', jsonrpc: '1.0' }), -32600],
  ])('answers %j with an error, and goes on', async (bytes, code) => {
    const raw = await signedIn()
    raw.write(bytes + rpc({ id: 'on', method: 'echo', params: 1 }))
    const [, error, on] = await raw.hears(3)
    expect(error).toMatchObject({ id: null, error: { code } })
    expect(on).toEqual({ jsonrpc: '2.0', id: 'on', result: 1 })
  })

  it.each([
    ['publish', { a: 1 }, -32602],
    ['publish', undefined, -32602],
    ['subscribe', ['room', ''], -32602],
    ['subscribe', [['room'], 'id'], -32602],
    ['subscribe', ['x'.repeat(513), 'id'], -32602],
    ['subscribe', ['a\u0000b', 'id'], -32602],
    ['unsubscribe', 'room', -32602],
    ['consumers', [], -32602],
    ['consumers', [5], -32602],
    ['auth', ['again'], -32601],
    ['toString', [], -32601],
    ['__proto__', [], -32601],
  ])('refuses %s of %j', async (method, params, code) => {
    const raw = await signedIn()
    raw.write(rpc({ id: 0, method, params }))
    const [, answer] = await raw.hears(2)
    expect(answer).toMatchObject({ id: 0, error: { code } })
  })

  it('echoes ids as they are, and answers no notification', async () => {
    const raw = await signedIn()
    for (const message of [
      { method: 'echo', params: 'lost' },
      { method: 'nothing' },
      { method: 'publish', params: 'nonsense' },
    ])
      raw.write(rpc(message))
    raw.write(rpc({ id: '7', method: 'echo' }) + rpc({ id: 7, method: 'echo' }) + rpc({ id: null, method: 'echo' }))
    const answers = await raw.hears(4)
    expect(answers.slice(1)).toEqual(['7', 7, null].map((id) => ({ jsonrpc: '2.0', id, result: null })))
  })

  it('counts pairs in rooms that nobody can be in', async () => {
    const raw = await signedIn()
    const params = [['x'.repeat(600), 'm'], ['a\u0000b', 'm'], ['room', 'm', 'more'], ['room'], null, [1, 2]]
    raw.write(rpc({ id: 1, method: 'publish', params }))
    expect((await raw.hears(2))[1]).toMatchObject({ result: 3 })
  })

  it('takes a frame full of pairs', async () => {
    const user = newUser()
    const client = await consumer(node(), tokenOf(app(), { userId: user }))
    const raw = await signedIn()
    const params = [...Array.from({ length: 60_000 }, () => ['r', 'm']), [`user${user}`, 'last']]
    raw.write(rpc({ id: 1, method: 'publish', params }))
    await waitFor(() => raw.frames().length === 2, { timeout: 20_000 })
    expect(raw.frames()[1]).toMatchObject({ result: 60_001 })
    await waitFor(() => client.messages().join() === 'last')
  })

  it.each(['*1\r\n', '$-1\r\n', '$9999999\r\n', 'GET / HTTP/1.1\r\n', '$20000\r\n', `+${'x'.repeat(20_000)}`])(
    'drops whoever sends %.20j',
    async (bytes) => {
      const raw = await rawProducer(node())
      raw.write(bytes)
      await raw.ended()
      expect(raw.frames()).toEqual([])
    },
  )

  it('lives through any bytes', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('$3\r\n', '+', '\r\n', bulk('{}'), bulk('[]')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const raw = await signedIn()
        raw.write(pieces.join(''))
        raw.socket.end()
        await once(raw.socket, 'close')
      }),
      { numRuns: 30 },
    )
    expect(await producer(node(), app()).request('echo', ['still here'])).toEqual(['still here'])
  })
})

it('the producer port closes although a producer does not read', async () => {
  const nodes = await openEmbedded()
  const raw = await rawProducer(nodes.pair[0])
  raw.write(authFrame(tokenOf(nodes.apps[0]!, {})))
  await raw.hears(1)
  const { socket } = raw
  socket.pause()
  const left: number[] = []
  const isStuck = () => {
    // The system's buffers grow with what passes through them, so it sends until they are full.
    if (!socket.writableNeedDrain) raw.write(rpc({ id: 1, method: 'echo', params: 'x'.repeat(1_000_000) }))
    return left.push(socket.writableLength) > 10 && left.at(-1)! > 0 && left.at(-1) === left.at(-10)
  }
  await waitFor(isStuck, { timeout: 20_000 })
  await nodes.close()
})
