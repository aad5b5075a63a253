import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Batch } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Liveness } from '../websocket/liveness.ts'
import { upgrader } from '../websocket/upgrade.ts'
import { maskedFrame, rawWebSocket } from '../../../test/services/raw-websocket.ts'
import { log, ears, serve, listen, dial, refusal } from './served.ts'

describe('WebSockets of the realtime server', () => {
  it('go to the protocol whose path they name, with what was sent', async () => {
    const { protocol, handshakes, heard } = ears()
    const { url } = await serve(protocol)
    const { socket } = await dial(`${url}/ears/a%2Fb?token=x+y`)
    socket.send('hello ☃')
    await waitFor(() => heard.length === 1)
    expect(heard).toEqual(['hello ☃'])
    expect(handshakes).toEqual([{ ip: '127.0.0.1', target: '/ears/a%2Fb?token=x+y', secure: false }])
    expect(await refusal(`${url}/earsplitting`)).toBe('404 There is no WebSocket at this path.')
  })

  it('carry texts of every length', async () => {
    const { protocol, connections } = ears()
    const { url } = await serve(protocol)
    const { heard } = await dial(`${url}/ears`)
    const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000].map((length) => 'x'.repeat(length))
    texts.push('☃'.repeat(42), '☃'.repeat(21_845), '☃'.repeat(21_846))
    for (const text of texts) connections[0]!.send(text)
    await waitFor(() => heard.length === texts.length)
    expect(heard).toEqual(texts)
  })

  it('carry a batch as the frames it was encoded to, between messages of their own', async () => {
    const { protocol, connections } = ears()
    const { url } = await serve(protocol)
    const { heard } = await dial(`${url}/ears`)
    const batch: Batch = { encoded: (encode) => Buffer.concat([encode('1'), encode('2')]) }
    connections[0]!.send('0')
    connections[0]!.write(batch)
    connections[0]!.send('3')
    await waitFor(() => heard.length === 4)
    expect(heard).toEqual(['0', '1', '2', '3'])
  })

  it('may be refused with an HTTP answer, also when the protocol fails', async () => {
    const one = ears(() => ({ refuse: { status: 404, reason: 'wrong token ☃' } }))
    const other = ears(() => Promise.reject(new Error('away')))
    const first = await serve(one.protocol)
    expect(await refusal(`${first.url}/ears`)).toBe('404 wrong token ☃')
    const second = await serve(other.protocol)
    expect(await refusal(`${second.url}/ears`)).toMatch(/^503 Redis or the database is unavailable/)
  })

  it('close for binary messages and for long ones', async () => {
    const { protocol, heard, closed } = ears()
    const { url } = await serve(protocol)
    const binary = await dial(`${url}/ears`)
    binary.socket.send(Buffer.from('x'))
    expect(await binary.closed).toBe('1003 Only text messages are supported.')
    const long = await dial(`${url}/ears`)
    long.socket.send('x'.repeat(1001))
    expect(await long.closed).toMatch(/^1009/)
    await waitFor(() => closed() === 2)
    expect(heard).toEqual([])
  })

  it('close with the code they are given, once, and take no more', async () => {
    const { protocol, connections, closed } = ears()
    const { url } = await serve(protocol)
    const { heard, closed: end } = await dial(`${url}/ears`)
    connections[0]!.close(4001, 'no such app')
    connections[0]!.close(4009, 'again')
    connections[0]!.send('late')
    expect(await end).toBe('4001 no such app')
    await waitFor(() => closed() === 1)
    expect(heard).toEqual([])
  })

  it.each([
    ['says goodbye', maskedFrame(0x88, Buffer.from([0x03, 0xe8])), 1000],
    ['says goodbye without a code', maskedFrame(0x88, Buffer.alloc(0)), 1005],
    ['breaks a close into frames', maskedFrame(0x08, Buffer.from([0x03, 0xe8])), 1002],
    ['breaks the protocol', maskedFrame(0x83, Buffer.alloc(0)), 1002],
    ['says what is no UTF-8', maskedFrame(0x81, Buffer.from([0xff])), 1007],
    ['says too much', maskedFrame(0x81, Buffer.alloc(1001, 'x')), 1009],
  ])('are over at once for a client that %s and keeps its TCP connection', async (_, frame, code) => {
    const { protocol, connections, codes } = ears()
    const { url } = await serve(protocol)
    const raw = await rawWebSocket(Number(new URL(url).port), '/ears')
    await waitFor(() => connections.length === 1)
    vi.useFakeTimers({ toFake: ['setTimeout'] }) // nothing is waited for
    onTestFinished(() => void vi.useRealTimers())
    raw.write(frame)
    await once(raw.resume(), 'end') // the server has answered, and closed its half
    expect(codes).toEqual([code])
    expect(raw.writable).toBe(true)
  })

  it('end when a client is silent, and does not answer a ping', async () => {
    const { protocol, closed } = ears()
    const liveness = new Liveness(1_000_000)
    onTestFinished(() => liveness.stop())
    const server = createServer()
    const upgrade = upgrader({ handlers: [protocol.sockets!], nodeHandlers: [], liveness, log, stopping: () => false })
    server.on('upgrade', upgrade)
    const url = await listen(server)
    const [lively, silent] = [await dial(`${url}/ears`), await dial(`${url}/ears`)]
    silent.socket.pause()
    const pings = once(lively.socket, 'ping')
    for (let round = 0; round < 12; round++) liveness.sweep()
    await pings
    await waitFor(() => [...liveness.connections].some(({ pingedIn }) => pingedIn === undefined))
    for (let round = 0; round < 3; round++) liveness.sweep()
    silent.socket.resume()
    expect(await silent.closed).toBe('4201 Pong reply not received')
    await waitFor(() => closed() === 1)
    expect(lively.socket.readyState).toBe(WebSocket.OPEN)
  })
})
