import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guardedOutbound } from '@carillon/outgoing'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { download } from '../outbound.ts'
import { isPrivateHost, PrivateAddress, publicLookup } from '../public-address.ts'

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
    ['to nonsense', 'http://', 'an invalid URL'],
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

  it('does not wait longer than its time limit, and can be called again', async () => {
    const url = await listen((_, response) => response.writeHead(200).write('x'))
    const late = { message: 'The server did not answer in time.', isFinal: false }
    await expect(outbound(true).download({ ...file(url), timeout: 50 })).rejects.toMatchObject(late)
  })
})

describe('an address', () => {
  it.each([
    '0.0.0.1',
    '10.255.255.255',
    '100.127.255.255',
    '127.255.255.255',
    '169.254.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.88.99.1',
    '192.175.48.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::8.8.8.8',
    '::ffff:192.168.0.1',
    '::ffff:0:8.8.8.8',
    '::ffff:0:a00:1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::8.8.8.8',
    '100::1',
    '200::1',
    '1fff::1',
    '5f00::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:2::1',
    '2001:10::1',
    '2001:20::1',
    '2001:1ff::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '2620:4f:8000::1',
    '3fff::1',
    '3fff:fff::1',
    '4000::1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'fe80::1%lo',
    'fec0::1',
    'ff02::1',
    '8000::1',
  ])('%s is not public', (address) => {
    expect(isPrivateHost(address.includes(':') ? `[${address}]` : address)).toBe(true)
  })

  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '128.0.0.1',
    '172.15.0.1',
    '172.32.0.0',
    '192.0.1.1',
    '192.88.98.1',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.0.1',
    '198.20.0.0',
    '223.255.255.255',
    '2000::1',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '2a00:1450::1',
    '2003::1',
    '3ffe:ffff::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('%s is public', (address) => {
    expect(isPrivateHost(address.includes(':') ? `[${address}]` : address)).toBe(false)
  })

  it('of a name is looked at', async () => {
    const looked = new Promise((resolve) => {
      publicLookup('localhost', { all: true }, (error, addresses) => resolve([error?.constructor, addresses]))
    })
    expect(await looked).toEqual([PrivateAddress, []])
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
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
  ])('does not go to %s', async (url) => {
    await expect(outbound(false).post(to(url))).rejects.toThrow('private address')
  })

  it('says what is wrong without the URL', async () => {
    await expect(outbound(true).post(to('http://127.0.0.1:1/secret'))).rejects.toThrow(
      /^The URL cannot be reached \(ECONNREFUSED\)\.$/,
    )
  })

  it('hands back the answer, a redirect too, and no more than 64 KB of it', async () => {
    const headers = { location: '/', 'Set-Cookie': ['a=1', 'b=2'] }
    const url = await listen((_, response) => response.writeHead(302, headers).end('x'.repeat(200_000)))
    const answer = await outbound(true).post(to(url))
    expect(answer).toMatchObject({ status: 302, body: 'x'.repeat(65_536) })
    expect(answer.headers).toMatchObject({ location: '/', 'set-cookie': 'a=1,b=2' })
  })

  it('sends bytes as they are', async () => {
    const url = await listen((request, response) => void request.pipe(response.writeHead(200)))
    expect(await outbound(true).post({ ...to(url), body: Buffer.from('é') })).toMatchObject({ body: 'é' })
  })

  it('ends with the signal of its caller', async () => {
    const stop = new AbortController()
    const url = await listen(() => stop.abort())
    const aborted = { message: 'The call was aborted before the server answered.', isFinal: false }
    await expect(outbound(true).post({ ...to(url), signal: stop.signal })).rejects.toMatchObject(aborted)
  })

  it('does not wait longer than its time limit', async () => {
    const request = { ...to(await listen(() => {})), timeout: 50 }
    await expect(outbound(true).post(request)).rejects.toThrow('The server did not answer in time.')
  })
})
