import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient } from '@carillon/client'
import type { ClientOptions } from '@carillon/client'

const url = 'http://127.0.0.1:9'

describe('createClient', () => {
  it.each<[Partial<ClientOptions>, string]>([
    [{ url: '' }, 'url must be one of http or https'],
    [{ url: 'localhost:6001' }, 'url must be one of http or https'],
    [{ url: 'ftp://example.com' }, 'url must be one of http or https'],
    [{ url: 'http://' }, 'url must be one of http or https'],
    [{ url: 'http://a:b@example.com' }, 'url must have no user, password, query or fragment'],
    [{ url: 'http://example.com/?a=b' }, 'url must have no user, password, query or fragment'],
    [{ key: 'demo' }, 'key and secret must be given together, or neither'],
    [{ secret: 's3cret' }, 'key and secret must be given together, or neither'],
    [{ key: 'de\nmo', secret: 's3cret' }, 'key must be printable ASCII, as it is sent in a header'],
    [{ timeout: 0 }, 'timeout must be seconds, from 0.001 to 86400'],
    [{ timeout: Number.NaN }, 'timeout must be seconds, from 0.001 to 86400'],
    [{ timeout: 100_000 }, 'timeout must be seconds, from 0.001 to 86400'],
    [{ signature: 'v3' as 'v2' }, 'signature must be v1 or v2'],
  ])('refuses %j', (options, sentence) => {
    expect(() => createClient({ url, ...options })).toThrow(new TypeError(sentence))
  })

  it.each(['http://[::1]:6001', 'HTTP://example.com', 'https://example.com/carillon/'])('takes the url %s', (text) => {
    expect(() => createClient({ url: text })).not.toThrow()
  })
})

describe.skipIf(!hasOpenssl())('https', () => {
  it('is spoken with the agent that is given', async () => {
    const { key, cert } = selfSigned()
    const server = createServer(
      { key, cert },
      (request, response) => void response.end(`{"senders":["${request.url}"]}`),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const https = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const agent = new Agent({ ca: cert })
    onTestFinished(() => {
      agent.destroy()
      server.close()
    })
    expect(await createClient({ url: https, agent }).getSenders()).toEqual(['/v1/senders'])
    await expect(createClient({ url: https }).getSenders()).rejects.toMatchObject({
      code: 'unavailable',
      message: `${https} cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT`,
    })
  })
})

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '1', ...name, ...files], {
    stdio: 'ignore',
  })
  return { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) }
}
