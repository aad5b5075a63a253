import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { rawWebSocket } from '../services/raw-websocket.ts'
import { ears, serve, dial } from '../../apps/realtime/test/served.ts'

describe('clients that do not read', () => {
  it('end for a client that never reads, while others go on', async () => {
    const { protocol, connections, closed } = ears()
    const { url } = await serve(protocol)
    await rawWebSocket(Number(new URL(url).port), '/ears')
    await waitFor(() => connections.length === 1)
    const { heard } = await dial(`${url}/ears`)
    const text = 'x'.repeat(100_000)
    await waitFor(() => {
      connections[0]!.send(text)
      return closed() === 1
    })
    connections[1]!.send('still here')
    await waitFor(() => heard.length === 1)
  })

  it('are over at once for a client that sends no more, though it does not read', async () => {
    const { protocol, connections, codes } = ears()
    const { url } = await serve(protocol)
    const raw = await rawWebSocket(Number(new URL(url).port), '/ears')
    await waitFor(() => connections.length === 1)
    connections[0]!.send('x'.repeat(20_000_000)) // more than the system's buffers take
    raw.end()
    await waitFor(() => codes.length === 1)
    expect(codes).toEqual([1006])
  })

  it('give a slow reader all that waits for it, and the close, before they end', async () => {
    const { protocol, connections, codes } = ears()
    const { url } = await serve(protocol)
    const raw = await rawWebSocket(Number(new URL(url).port), '/ears')
    await waitFor(() => connections.length === 1)
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    let sent = 0
    for (; codes.length === 0; sent++) {
      connections[0]!.send('x'.repeat(1_000_000))
      await nextTurn()
    }
    expect(codes).toEqual([4100])
    vi.advanceTimersByTime(50_000) // longer than a client has that has nothing to read
    let received = 0
    let tail = Buffer.alloc(0)
    raw.on('data', (chunk: Buffer) => {
      received += chunk.length
      tail = Buffer.concat([tail, chunk]).subarray(-64)
    })
    await once(raw.resume(), 'end')
    expect(received).toBeGreaterThan((sent - 1) * 1_000_000)
    const close = Buffer.concat([Buffer.from([0x88, 27, 0x10, 0x04]), Buffer.from('The client does not read.')])
    expect(tail.subarray(-close.length)).toEqual(close)
  })

  it('are asked to reconnect when the server stops, and new ones a little later', async () => {
    const { protocol, closed, heard } = ears()
    const { realtime, url } = await serve(protocol)
    const dialed: Awaited<ReturnType<typeof dial>>[] = []
    while (dialed.length < 25) dialed.push(await dial(`${url}/ears`))
    const stopped = realtime.stop()
    await dialed[0]!.closed
    dialed.at(-1)!.socket.send('not yet') // its part comes last
    await waitFor(() => heard.length === 1)
    const late = await dial(`${url}/ears`)
    expect(await late.closed).toBe('4100 This server is stopping; reconnect.')
    await stopped
    expect(closed()).toBe(25)
    expect(new Set(await Promise.all(dialed.map(({ closed: end }) => end)))).toEqual(
      new Set(['4200 This server is stopping.']),
    )
  })
})
