import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVerifyingServer } from '../services/verifying-server.ts'
import type { VerifyingServer } from '../services/verifying-server.ts'

const script = fileURLToPath(new URL('../../examples/signed-curl.sh', import.meta.url))
const secrets = { key: 'demo', secret: 's3 cret 密钥' }
const tools = ['bash', 'curl', 'openssl']
const missing = tools.filter((tool) => !isInstalled(tool))

describe.skipIf(missing.length > 0)(`examples/signed-curl.sh (needs ${tools.join(', ')})`, () => {
  let server: VerifyingServer
  beforeAll(async () => {
    server = await startVerifyingServer({
      ...secrets,
      answer: ({ url }) => ({ status: url === '/404' ? 404 : 200, body: url }),
    })
  })
  afterAll(() => server.close())

  function run(args: string[], { input = '', ...env }: Record<string, string> = {}) {
    const given = { CARILLON_URL: server.url, CARILLON_KEY: secrets.key, CARILLON_SECRET: secrets.secret, ...env }
    return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        'bash',
        [script, ...args],
        { env: { PATH: process.env['PATH'], ...given } },
        (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
      )
      if (input) child.stdin?.end(input)
    })
  }

  describe.each([
    { version: 'v1', flags: [] },
    { version: 'v2', flags: ['--v2'] },
  ])('signing $version', ({ flags }) => {
    async function expectAccepted(args: string[], input = '') {
      expect(await run([...flags, ...args], { input })).toMatchObject({ code: 0, stderr: '' })
      const last = server.received.at(-1)
      expect(last?.headers['x-signature-version']).toBe(flags.length > 0 ? '2' : undefined)
      return last
    }

    it.each<[string, Record<string, string>]>([
      ['a push', { pusher: 'lupino', data: '{"subject":"s","text":"t"}' }],
      ['no parameter', {}],
      ['an empty value', { pusher: 'lupino', data: 'x', schedat: '' }],
      ['what forms use for themselves', { data: 'a & b = c + d % e; f=g', 'a&b': '?#/' }],
      ['what shells use for themselves', { data: `'"$HOME" \`id\` \\x41 \\ * {a,b} [c] !`, x: '@file' }],
      ['UTF-8', { nickname: '李雷 😀', é: 'ü' }],
      ['line breaks', { data: 'one\ntwo\r\n\tthree\n' }],
      [
        'names out of order, sorted by bytes',
        { b: '1', a: '2', B: '3', A_: '4', Aa: '5', a1: '6', '～': '7', '😀': '8' },
      ],
      ['a name that is the start of another', { foobar: '1', foo: '2', foo_bar: '3' }],
    ])('posts a form with %s', async (_what, fields) => {
      const parameters = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
      expect(await expectAccepted(['POST', '/pusher/sendmail/push', ...parameters])).toMatchObject({
        method: 'POST',
        fields,
      })
    })

    it('puts the parameters of a GET into the query', async () => {
      const received = await expectAccepted(['GET', '/pusher/search/', 'size=5', 'q=tags:vip +李雷 &'])
      expect(received).toMatchObject({ method: 'GET', body: '', fields: { q: 'tags:vip +李雷 &', size: '5' } })
      expect(received?.url).toBe('/pusher/search/?size=5&q=tags%3Avip%20%2B%E6%9D%8E%E9%9B%B7%20%26')
    })

    it.each([
      '/pusher/pushers/%2E%2E/',
      '/pusher/pushers/../',
      '/pusher/pushers/a%2Fb/%E6%9D%8E%E9%9B%B7/',
      '/pusher/pushers/[1-3]{a,b}/',
    ])('sends the path %s as it is', async (path) => {
      expect(await expectAccepted(['DELETE', path])).toMatchObject({ method: 'DELETE', url: path, body: '' })
    })

    it.each(['argument', 'standard input'])('posts JSON from the %s', async (from) => {
      const json = '{"pushes": [{"sender":"sendmail","pusher":"李雷","data":"a & b \\\\ \\n"}]}'
      const args = ['POST', '/v1/push', 'a=b c', '--json']
      const received = from === 'argument' ? expectAccepted([...args, json]) : expectAccepted([...args, '-'], json)
      expect(await received).toMatchObject({ url: '/v1/push?a=b%20c', body: json })
      expect((await received)?.headers['content-type']).toBe('application/json')
    })
  })

  it('prints the answer, and fails where the server refuses', async () => {
    expect(await run(['GET', '/ok'])).toMatchObject({ code: 0, stdout: '/ok' })
    expect(await run(['GET', '/404'])).toMatchObject({ code: 22, stdout: '/404' })
    expect(await run(['GET', '/ok'], { CARILLON_SECRET: 'other' })).toMatchObject({
      code: 22,
      stdout: '{"err":"Invalid X-Request-Signature","code":"invalid_request_signature"}',
    })
  })

  it.each([
    [[]],
    [['POST']],
    [['/path']],
    [['GET', '/path?a=b']],
    [['GET', '/path', 'a']],
    [['POST', '/path', '--json']],
  ])('explains itself when it is given %j', async (args) => {
    expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('usage:') })
  })

  it('says that the key is missing', async () => {
    expect(await run(['GET', '/ok'], { CARILLON_KEY: '' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CARILLON_KEY'),
    })
  })
})

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, [tool === 'openssl' ? 'version' : '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
