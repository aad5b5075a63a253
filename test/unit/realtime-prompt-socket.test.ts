import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PromptSocket } from '../../apps/realtime/websocket/prompt-socket.ts'

describe('what a prompt socket writes', () => {
  it.skipIf(process.platform === 'win32')('goes past the stream', async () => {
    const { near, far } = await pair()
    const prompt = new PromptSocket(near)
    prompt.write(Buffer.from('one, '))
    prompt.write(Buffer.from('two'))
    expect(near.bytesWritten).toBe(0)
    near.end()
    expect(String(await buffer(far))).toBe('one, two')
  })

  it.each([1_003, 100_003])('waits in the stream while the socket is full, in order: %i bytes each', async (size) => {
    const { near, far } = await pair()
    const prompt = new PromptSocket(near)
    const written: Buffer[] = []
    const write = (times: number) => {
      for (let left = times; left > 0; left--) {
        written.push(Buffer.alloc(size, written.length))
        prompt.write(written.at(-1)!)
      }
    }
    write(Math.ceil(30_000_000 / size))
    expect(prompt.waiting).toBeGreaterThan(1_000_000)
    const read: Buffer[] = []
    let more = 100
    far.on('data', (bytes: Buffer) => {
      read.push(bytes)
      if (--more > 0) write(1) // the kernel has room now, and the stream still waits
      if (more === 0) near.end()
    })
    await once(far, 'end')
    expect(Buffer.concat(read).equals(Buffer.concat(written))).toBe(true)
  })

  it('waits in the stream where the kernel takes nothing', async () => {
    const { near, far } = await pair()
    fill(near)
    new PromptSocket(near).write(Buffer.from('last'))
    expect(near.writableLength).toBe('last'.length)
    near.end()
    expect((await buffer(far)).subarray(-4).toString()).toBe('last')
  })

  it('is encrypted where the socket is', async () => {
    const { near, far } = await tlsPair()
    new PromptSocket(near).write(Buffer.from('secret'))
    near.end()
    expect(String(await buffer(far))).toBe('secret')
  })

  it('reaches nobody once the socket is closed or has ended, and the stream says why', async () => {
    const { near } = await pair()
    const { near: neighbour, far: other } = await pair()
    const [gone, ended] = [new PromptSocket(near), new PromptSocket(neighbour)]
    near.destroy()
    gone.write(Buffer.from('lost'))
    expect(await failure(neighbour, () => (neighbour.end('end'), ended.write(Buffer.from(', lost'))))).toBe(
      'ERR_STREAM_WRITE_AFTER_END',
    )
    expect(String(await buffer(other))).toBe('end')
  })
})

/** Past the stream, until the kernel takes no more. */
function fill(socket: Socket): void {
  // oxlint-disable-next-line no-underscore-dangle -- Node's own name
  const { fd } = (socket as Socket & { _handle: { fd: number } })._handle
  const write = () => writeSync(fd, Buffer.alloc(100_000))
  expect(() => {
    while (write() > 0);
  }).toThrow('EAGAIN')
}

async function failure(socket: Socket, work: () => void): Promise<unknown> {
  const failed = once(socket, 'error')
  work()
  const [error] = (await failed) as [NodeJS.ErrnoException]
  return error.code
}

async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true })
  const port = await listen(server)
  const accepted = once(server, 'connection')
  const far = connect({ port, host: '127.0.0.1' })
  const [near] = (await accepted) as [Socket]
  return ending({ near, far })
}

/** With a shared key, for which no certificate is needed. */
async function tlsPair(): Promise<{ near: TLSSocket; far: TLSSocket }> {
  const psk = Buffer.alloc(32, 7)
  const by = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const
  const server = createTlsServer({ ...by, pskCallback: () => psk })
  const port = await listen(server)
  const accepted = once(server, 'secureConnection')
  const pskCallback = () => ({ psk, identity: 'test' })
  const far = connectTls({ ...by, port, host: '127.0.0.1', pskCallback, checkServerIdentity: () => undefined })
  const [near] = (await accepted) as [TLSSocket]
  return ending({ near, far })
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

function ending<Pair extends { near: Socket; far: Socket }>(sockets: Pair): Pair {
  onTestFinished(() => {
    sockets.near.destroy()
    sockets.far.destroy()
  })
  return sockets
}
