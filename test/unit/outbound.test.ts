import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guardedOutbound } from '@carillon/outbound'
import { describe, expect, it, onTestFinished } from 'vitest'

function outbound(allowPrivate: boolean) {
  const made = guardedOutbound({ allowPrivate })
  onTestFinished(() => made.close())
  return made
}

const to = (url: string) => ({ url, body: 'x', timeout: 2000 })

describe('a guarded POST', () => {
  it.each([
    'http://127.0.0.1:9/',
    'http://2130706433:9/',
    'http://0x7f.1:9/',
    'http://localhost:9/',
    'http://10.0.0.1:9/',
    'http://172.16.0.1:9/',
    'http://192.168.1.1:9/',
    'http://169.254.169.254:9/latest/meta-data',
    'http://100.64.0.1:9/',
    'http://0.0.0.0:9/',
    'http://[::1]:9/',
    'http://[::]:9/',
    'http://[fc00::1]:9/',
    'http://[fe80::1]:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://[::ffff:10.0.0.1]:9/',
  ])('does not go to %s', async (url) => {
    await expect(outbound(false).post(to(url))).rejects.toThrow('private address')
  })

  it('says what is wrong without the URL', async () => {
    await expect(outbound(true).post(to('http://127.0.0.1:1/secret'))).rejects.toThrow(
      /^The URL cannot be reached \(ECONNREFUSED\)\.$/,
    )
  })

  it('hands back the answer, a redirect too, and no more than 64 KB of it', async () => {
    const server = createServer((_, response) => response.writeHead(302, { location: '/' }).end('x'.repeat(200_000)))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const answer = await outbound(true).post(to(`http://127.0.0.1:${port}/`))
    expect(answer).toEqual({ status: 302, body: 'x'.repeat(65_536) })
  })

  it('does not wait longer than it is told', async () => {
    const server = createServer(() => {})
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const request = { ...to(`http://127.0.0.1:${port}/`), timeout: 50 }
    await expect(outbound(true).post(request)).rejects.toThrow('There was no answer in time.')
  })
})
