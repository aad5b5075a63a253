import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls'
import sendmail from '@carillon/sender-mail'
import { createSender, pushFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { certificate } from '../services/certificates.ts'
import { scriptedSmtp } from '../services/scripted-smtp.ts'

const IP = 'IP:127.0.0.1'

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server
    .on('tlsClientError', () => {})
    .on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => {}).write('220 ready\r\n')
    })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  return (server.address() as AddressInfo).port
}

/** A server that takes over at STARTTLS. */
function startingTls(options: TlsOptions): Server {
  return createServer((socket) => {
    socket.write('220 ready\r\n')
    const talk = (chunk: Buffer) => {
      if (!/^STARTTLS/i.test(chunk.toString())) return void socket.write('250-hello\r\n250 STARTTLS\r\n')
      socket.off('data', talk)
      socket.write('220 go\r\n', () => new TLSSocket(socket, { ...options, isServer: true }).on('error', () => {}))
    }
    socket.on('data', talk)
  })
}

async function failure(url: string, needsOperator = true): Promise<unknown> {
  const errors: object[] = []
  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => void errors.push(fields) }
  const sender = await createSender(sendmail, { SMTP_URL: url, MAIL_FROM: 'bell@example.com' }, { log })
  onTestFinished(() => sender.close?.())
  const error: unknown = await sender
    .send(await pushFor(sender, { data: { subject: 'Hello', text: 'Hello' } }))
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'RetryableError', sent: 'no', outage: expect.any(String), needsOperator })
  expect(errors).toHaveLength(needsOperator ? 1 : 0)
  return (error as Error).message
}

const ca = await certificate({ host: 'DNS:a-ca' })
const CERTIFICATES: [string, TlsOptions, RegExp][] = [
  ['self-signed', await certificate({ host: IP }), /certificate .*SELF_SIGNED.* self-signed: set NODE_EXTRA_CA_CERTS/],
  [
    'of an unknown CA',
    await certificate({ host: IP, ca }),
    /certificate .*UNABLE_TO_.* authority that is not trusted here.* NODE_EXTRA_CA_CERTS/,
  ],
]
const TRUSTED: [string, TlsOptions, RegExp][] = [
  [
    'that has expired',
    await certificate({ host: IP, until: '20200201000000Z' }),
    /certificate .*CERT_HAS_EXPIRED.*renewed/,
  ],
  [
    'for another host',
    await certificate({ host: 'DNS:other.example' }),
    /certificate .*ALTNAME.* another host name: SMTP_URL/,
  ],
]

describe.each<[string, string, (options: TlsOptions) => Server]>([
  ['smtps', 'smtps', (options) => createTlsServer(options)],
  ['STARTTLS', 'smtp', startingTls],
])('with %s', (_, protocol, serve) => {
  it.each(CERTIFICATES)('a certificate %s says so, and what to do', async (_name, options, told) => {
    expect(await failure(`${protocol}://127.0.0.1:${await listen(serve(options))}`)).toMatch(told)
  })

  it.each(TRUSTED)('a certificate %s says so, and what to do', async (_name, options, told) => {
    const port = await listen(serve(options))
    const trusted = `tls.ca=${encodeURIComponent(String(options.cert))}`
    expect(await failure(`${protocol}://127.0.0.1:${port}?${trusted}`)).toMatch(told)
  })

  it('an old version of TLS says so', async () => {
    const old: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
    const port = await listen(serve({ ...(await certificate({ host: IP })), ...old }))
    expect(await failure(`${protocol}://127.0.0.1:${port}`)).toMatch(/no TLS version or cipher in common/)
  })
})

describe('encryption that cannot begin', () => {
  async function scripted(reply: string, hello = '250-hello\r\n250 STARTTLS') {
    const server = await scriptedSmtp((step) => {
      if (step === 'EHLO') return { reply: hello }
      return step === 'STARTTLS' ? { reply } : undefined
    })
    onTestFinished(() => server.close())
    return server
  }

  it('is reported when a plain server is called by smtps', async () => {
    const { port } = await scripted('220 go')
    expect(await failure(`smtps://127.0.0.1:${port}`)).toMatch(/does not support TLS .* must begin with smtp:\/\//)
  })

  it('is reported when STARTTLS is refused', async () => {
    const { url } = await scripted('502 5.5.1 what?')
    expect(await failure(url)).toMatch(/refuses to encrypt \(STARTTLS: 502\): enable TLS/)
  })

  it.each(['454 4.7.0 TLS not available', '421 4.7.0 no'])('is tried again: %s', async (reply) => {
    const { url } = await scripted(reply)
    expect(await failure(url, false)).toBe(`the mail server says: ${reply}`)
  })

  it('is reported when it is required and missing', async () => {
    const { url } = await scripted('502 5.5.1 unknown', '250 hello')
    expect(await failure(`${url}?requireTLS=true`)).toMatch(/refuses to encrypt \(STARTTLS: 502\)/)
  })

  it('is reported when the server accepts STARTTLS but continues in plain text', async () => {
    const plain = createServer((socket) => {
      socket.write('220 ready\r\n')
      socket.on('data', (chunk) => {
        if (/^EHLO/i.test(chunk.toString())) socket.write('250-hello\r\n250 STARTTLS\r\n')
        else socket.write('220 go\r\n')
      })
    })
    expect(await failure(`smtp://127.0.0.1:${await listen(plain)}`)).toMatch(/does not support TLS/)
  })
})
