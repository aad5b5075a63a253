import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guardedOutbound } from '@carillon/outbound'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { download } from '../../packages/outbound/download.ts'

function outbound(allowPrivate: boolean) {
  const made = guardedOutbound({ allowPrivate })
  onTestFinished(() => made.close())
  return made
}

const to = (url: string) => ({ url, body: 'x', timeout: 2000 })

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a guarded download', () => {
  const file = (url: string) => ({ url, timeout: 2000, most: 10 })

  it('follows redirects, and tells type and content', async () => {
    const url = await listen(({ url: path }, response) => {
      if (path === '/') response.writeHead(302, { location: '/file' }).end('moved')
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('hello')
    })
    const answer = { status: 200, contentType: 'text/plain', content: Buffer.from('hello') }
    expect(await outbound(true).download(file(url))).toEqual(answer)
  })

  it.each([
    ['to another scheme', 'file:///etc/passwd', 'is not http or https'],
    ['to itself for ever', '/', 'redirects more than 5 times'],
    ['to nonsense', 'http://', 'is not a URL'],
  ])('does not follow a redirect %s', async (_, location, message) => {
    const url = await listen((__, response) => response.writeHead(302, { location }).end())
    const refused = { message: expect.stringContaining(message), isFinal: true }
    await expect(outbound(true).download(file(url))).rejects.toMatchObject(refused)
  })

  it('looks at each address that a redirect leads to', async () => {
    // The first hop is admitted by its name, as a public one would be.
    const url = await listen((_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end())
    const agent = new Agent()
    onTestFinished(() => agent.close())
    const admit = ({ hostname }: URL) => {
      if (hostname !== '127.0.0.1') throw new Error(`refused ${hostname}`)
    }
    await expect(download({ dispatcher: agent, admit }, file(url))).rejects.toThrow('refused 169.254.169.254')
  })

  it.each(['http://127.0.0.1:9/', 'http://localhost:9/', 'http://[::1]:9/'])('does not go to %s', async (url) => {
    const refused = { message: expect.stringContaining('private address'), isFinal: true }
    await expect(outbound(false).download(file(url))).rejects.toMatchObject(refused)
  })

  it.each([true, false])('stops at the most it may get, announced: %s', async (announced) => {
    const url = await listen((_, response) => {
      if (announced) response.setHeader('content-length', 11)
      response.end('x'.repeat(11))
    })
    await expect(outbound(true).download(file(url))).rejects.toMatchObject({ isFinal: true })
    expect((await outbound(true).download({ ...file(url), most: 11 })).content).toHaveLength(11)
  })

  it('does not wait longer than it is told, and may be asked again', async () => {
    const url = await listen((_, response) => response.writeHead(200).write('x'))
    const late = { message: 'There was no answer in time.', isFinal: false }
    await expect(outbound(true).download({ ...file(url), timeout: 50 })).rejects.toMatchObject(late)
  })
})

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
