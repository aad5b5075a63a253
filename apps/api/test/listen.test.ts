import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { createApi } from '@carillon/api'
import { bindPort, listen } from '@carillon/http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeParts } from './fakes.ts'
import { send, serveApi } from './support.ts'

const HOST = '127.0.0.1'

describe('listen', () => {
  it('names the port that is in use', async () => {
    const { port } = await serveApi()
    const message = `Port ${port} of ${HOST} is in use: stop the program that listens there, or set PORT to another port.`
    await expect(listen(createApi(fakeParts()), { host: HOST, port })).rejects.toMatchObject({
      code: 'unavailable',
      message,
    })
  })

  it('names the address that this machine does not have', async () => {
    const message = 'This machine does not have the address 192.0.2.1: set HOST to an address of this machine.'
    await expect(listen(createApi(fakeParts()), { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ message })
  })

  it('takes the port before there is anything to serve, and says so', async () => {
    const bound = await bindPort({ host: HOST, port: 0 })
    const early = await fetch(`http://${HOST}:${bound.port}/healthz`)
    const body = { err: 'Carillon is starting; retry in a moment.', code: 'unavailable' }
    expect([early.status, early.headers.get('retry-after'), await early.json()]).toEqual([503, '1', body])
    const { port, close } = bound.open(createApi(fakeParts()))
    onTestFinished(() => close(0))
    expect((await fetch(`http://${HOST}:${port}/healthz`)).status).toBe(200)
  })

  it('serves HTTP/1.0, which names no host', async () => {
    const { port } = await serveApi()
    const socket = connect(port, HOST)
    socket.write('GET /healthz HTTP/1.0\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\{"ok":true\}$/)
  })

  it('closes: running requests finish, idle connections end, new ones are refused', async () => {
    const parts = fakeParts()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
    parts.ready = async () => {
      reach()
      await gate
    }
    const { port, close } = await listen(createApi(parts), { host: HOST, port: 0 })
    const idle = await keepAlive(port)
    const running = await keepAlive(port, '/readyz')
    await reached
    const closed = close()
    expect(await idle.rest).toContain('{"ok":true}') // it has ended
    await expect(send(port, 'GET', '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    open()
    expect(await running.rest).toContain('{"ok":true}')
    await closed
  })

  it('closes at once although a connection was never used', async () => {
    const { port, close } = await listen(createApi(fakeParts()), { host: HOST, port: 0 })
    const socket = connect(port, HOST)
    onTestFinished(() => void socket.destroy())
    const closed = once(socket.resume(), 'close')
    await once(socket, 'connect')
    await close(2 ** 31 - 1)
    await closed
  })

  it('announces, while it closes, that the connection ends', async () => {
    const parts = fakeParts()
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    parts.ready = () => {
      reach()
      return gate
    }
    const { port, close } = await listen(createApi(parts), { host: HOST, port: 0 })
    const { rest, socket } = await keepAlive(port, '/readyz')
    await reached
    const closed = close()
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n') // in the pipeline, so this is not idle
    open()
    expect(await rest).toMatch(/connection: close\r\n/i)
    await closed
  })

  it.each([
    [undefined, 75],
    [2, 2],
    [1000, 1000],
  ])(
    'with keepAliveSeconds %s it keeps an idle connection longer than the %s s it announces',
    async (given, seconds) => {
      const address = { host: HOST, port: 0, ...(given !== undefined && { keepAliveSeconds: given }) }
      const { port, close, server } = await listen(createApi(fakeParts()), address)
      onTestFinished(() => close(0))
      const { headers } = await fetch(`http://${HOST}:${port}/healthz`)
      expect(headers.get('keep-alive')).toBe(`timeout=${seconds}`)
      expect(server.keepAliveTimeout + server.keepAliveTimeoutBuffer).toBeGreaterThan(seconds * 1000)
      expect(server.headersTimeout).toBeGreaterThan(seconds * 1000)
      expect(server.requestTimeout).toBeGreaterThanOrEqual(server.headersTimeout)
    },
  )

  it('cuts off, in the end, what does not finish', async () => {
    const parts = fakeParts()
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
    parts.ready = () => {
      reach()
      return new Promise(() => {})
    }
    const { port, close } = await listen(createApi(parts), { host: HOST, port: 0 })
    const { rest } = await keepAlive(port, '/readyz')
    await reached
    await close(1)
    expect(await rest).toBe('')
  })
})

/** A connection that has sent one request, and would stay; `/healthz` is answered already. */
async function keepAlive(port: number, path = '/healthz'): Promise<{ rest: Promise<string>; socket: Socket }> {
  const socket = connect(port, HOST)
  onTestFinished(() => void socket.destroy())
  let received = ''
  const answered = new Promise((resolve) => socket.once('data', resolve))
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
  const rest = new Promise<string>((resolve) => socket.once('close', () => resolve(received)))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  if (path === '/healthz') await answered
  return { rest, socket }
}
