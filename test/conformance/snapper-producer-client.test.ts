import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Producer, type ProducerOptions } from '@carillon/client/producer'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { appWith } from '../services/realtime.ts'
import { onEverySnapper } from '../services/snapper.ts'
import { consumer, newUser } from '../services/snapper-clients.ts'

/** A way to a server that can be cut and opened again. */
async function cable(to: number) {
  const sockets = new Set<Socket>()
  let cut = false
  const server = createServer((client) => {
    if (cut) return void client.destroy()
    const upstream = connect(to, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => socket.destroy()))
    client.pipe(upstream).pipe(client)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      cut = true
      for (const socket of sockets) socket.destroy()
    },
    mend: () => (cut = false),
    /** Connections so far stay, and carry nothing any more. */
    freeze() {
      for (const socket of sockets) socket.unpipe()
    },
  }
}

onEverySnapper('the producer of @carillon/client', (current) => {
  const app = () => current().apps[0]!
  const node = () => current().pair[0]

  function produce(options: Partial<ProducerOptions> = {}): Producer {
    const producer = new Producer({
      secretKeys: [app().secrets[0]!.secret],
      producerId: 'tests',
      address: `127.0.0.1:${node().producers}`,
      ...options,
    })
    onTestFinished(() => producer.close().catch(() => {}))
    return producer
  }

  it('signs tokens, moves consumers, and sends', async () => {
    const user = newUser()
    const producer = produce()
    producer.sendMessage(`user${user}`, 'before there is anybody')
    await producer.connect()
    await producer.connect()
    const client = await consumer(node(), producer.signAuth({ userId: user, source: 'android' }))
    expect(client.id).toMatch(/^a\./)
    expect(await producer.joinRoom('room', client.id)).toBe(1)
    expect(await producer.joinRoom('room', client.id)).toBe(0)
    for (let turn = 0; turn < 120; turn++) producer.sendMessage('room', `${turn} ☃`)
    await waitFor(() => client.messages().length === 120)
    expect(client.messages()).toEqual(Array.from({ length: 120 }, (_, turn) => `${turn} ☃`))
    expect(await producer.leaveRoom('room', client.id)).toBe(1)
    expect(await producer.request('consumers', [user])).toMatchObject({ android: 1 })
    await expect(producer.request('nothing', [])).rejects.toMatchObject({ name: 'ProducerError', code: -32601 })
  })

  it('goes through its keys until the server takes one', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const publicKeys = [rsa, p256].map((pair) => pair.publicKey.export({ type: 'spki', format: 'pem' }) as string)
    current().apps.push(appWith({ publicKeys }, { id: 11, key: 'keys', secrets: [] }))
    for (const pair of [rsa, p256]) {
      const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
      const producer = produce({ secretKeys: ['retired', pem] })
      await producer.connect()
      expect(await producer.request('echo', ['hello'])).toEqual(['hello'])
      await consumer(node(), producer.signAuth({ userId: newUser() }))
    }
    await expect(produce({ secretKeys: ['wrong', 'too'] }).connect()).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('connects again, and loses no message that it accepted', async () => {
    const user = newUser()
    const { address, cut, mend } = await cable(node().producers)
    const producer = produce({ address })
    const told: string[] = []
    producer.on('reconnect', () => told.push('reconnect'))
    producer.on('error', ({ code }) => told.push(String(code)))
    await producer.connect()
    const client = await consumer(node(), producer.signAuth({ userId: user }))
    const sent = Array.from({ length: 500 }, (_, turn) => String(turn))
    for (const [turn, message] of sent.entries()) {
      producer.sendMessage(`user${user}`, message)
      if (turn === 250) {
        await waitFor(() => client.messages().length > 0)
        cut()
      }
    }
    await waitFor(() => told.includes('unreachable'))
    mend()
    await waitFor(() => new Set(client.messages()).size === 500)
    expect([...new Set(client.messages())]).toEqual(sent)
    await waitFor(() => told.includes('reconnect'))
    await producer.close()
  })

  it('connects again when the server does not answer in time', async () => {
    const user = newUser()
    const { address, freeze } = await cable(node().producers)
    const producer = produce({ address, readWriteTimeout: 1000 })
    const told: (string | number)[] = []
    producer.on('error', ({ code }) => told.push(code))
    await producer.connect()
    const client = await consumer(node(), producer.signAuth({ userId: user }))
    freeze()
    producer.sendMessage(`user${user}`, 'in the end')
    await waitFor(() => client.messages().length === 1)
    expect(told[0]).toBe('timeout')
  })

  it('keeps what it accepted while the server does not let it in, until it connects again', async () => {
    const own = appWith({}, { id: 12, key: 'off', secrets: [{ id: 1, secret: 'off and on', createdAt: 0 }] })
    current().apps.push(own)
    const producer = produce({ secretKeys: ['off and on'] })
    const told: (string | number)[] = []
    producer.on('error', ({ code }) => told.push(code))
    await producer.connect()
    const user = newUser()
    const client = await consumer(node(), producer.signAuth({ userId: user }))
    own.enabled = false
    producer.sendMessage(`user${user}`, 'before it knew')
    await waitFor(() => told.includes('unauthorized'))
    producer.sendMessage(`user${user}`, 'and after')
    await expect(producer.request('echo', [])).rejects.toThrow('call connect')
    await expect(producer.connect()).rejects.toMatchObject({ code: 'unauthorized' })
    own.enabled = true
    await producer.connect()
    await waitFor(() => client.messages().length === 2)
    expect(client.messages()).toEqual(['before it knew', 'and after'])
    await producer.close()
    await expect(producer.connect()).rejects.toMatchObject({ code: 'closed' })
  })

  it('says when too many messages wait, and how many were left', async () => {
    const { address, cut } = await cable(node().producers)
    const producer = produce({ address, messageWaitCount: 3, readWriteTimeout: 300 })
    await producer.connect()
    cut()
    for (const message of ['1', '2', '3']) producer.sendMessage('room', message)
    expect(() => producer.sendMessage('room', '4')).toThrow(/3 messages already wait for the server/)
    await expect(producer.request('echo', [])).rejects.toMatchObject({ name: 'ProducerError' })
    await expect(producer.close()).rejects.toThrow(/^3 messages could not be sent/)
    expect(() => producer.sendMessage('room', '5')).toThrow('The producer was closed.')
  })

  it.each([
    [{ secretKeys: [] }, /secretKeys/],
    [{ secretKeys: ['-----BEGIN PRIVATE KEY-----\nnonsense'] }, /PEM/],
    [{ producerId: '' }, /producerId/],
    [{ expiresIn: 0 }, /expiresIn/],
    [{ messageWaitCount: 0.5 }, /messageWaitCount/],
    [{ address: 'nowhere' }, /address/],
  ])('refuses %j', (options, sentence) => {
    expect(() => produce(options)).toThrow(sentence)
  })

  it('refuses what no server takes', async () => {
    const producer = produce({ address: '127.0.0.1:1' })
    expect(() => producer.sendMessage('', 'message')).toThrow(TypeError)
    expect(() => producer.sendMessage('room', '')).toThrow(TypeError)
    expect(() => producer.sendMessage('room', 'x'.repeat(2 ** 20))).toThrow(RangeError)
    await expect(producer.connect()).rejects.toMatchObject({ code: 'unreachable' })
  })
})
