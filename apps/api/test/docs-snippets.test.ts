import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { type ApiDeps, createApi, openApi } from '@carillon/api'
import { listen } from '@carillon/http'
import { createClient } from '@carillon/client'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setUp, type Snippets, snippetsOf } from '../docs/snippets.ts'
import { examplePusher, fakeParts, SECRET, userToken } from './fakes.ts'

const ADMIN = { account: 'a', password: 'p' }
const KEYS = {
  CARILLON_KEY: 'demo',
  CARILLON_SECRET: SECRET,
  ADMIN_ACCOUNT: 'a',
  ADMIN_PASSWORD: 'p',
  USER_TOKEN: userToken(),
}

/** Of both aliases the page shows the first. */
const ALIAS = 'POST /pusher/{sender}/remove'

interface Request {
  method: string
  path: string
  fields: Record<string, unknown>
}

const calls = Object.entries(openApi('1.2.3').paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  .filter(({ method, path }) => `${method} ${path}` !== ALIAS)

const expected = calls.map(({ method, path, operation: { parameters = [], requestBody } }): Request => {
  const query = parameters.filter(({ in: place, example }) => place === 'query' && example !== undefined)
  const name = (found: string) => parameters.find((parameter) => parameter.name === found)?.schema.examples?.[0]
  return {
    method,
    path: path.replaceAll(/\{(\w+)\}/g, (_match, found: string) => String(name(found))),
    fields: {
      ...Object.fromEntries(query.map((parameter) => [parameter.name, parameter.example])),
      ...requestBody?.content['application/json']?.example,
    },
  }
})

describe.each(['signed', 'open'] as const)('every example of a server that is %s', (mode) => {
  /** The API, which remembers what was asked and fails the test for whatever it refuses. */
  async function serve() {
    const parts = fakeParts({ admin: ADMIN, open: mode === 'open' })
    parts.stored.set('lupino', examplePusher({ senders: ['sendmail'] }))
    // One example removes what the next one needs
    parts.pushers = { ...parts.pushers, set: async () => true, delete: async () => true }
    const { port, asked } = await remembering(parts)
    const address = { origin: `http://127.0.0.1:${port}`, prefix: '' }
    const snippets = calls.map(({ method, path, operation }) => snippetsOf(method, path, operation, address))
    const program = (language: keyof Snippets) => ({
      first: setUp(address)[language][mode].replaceAll(
        "'your key' CARILLON_SECRET='your secret'",
        `demo CARILLON_SECRET=${SECRET}`,
      ),
      examples: snippets.map((each) => each[language][mode]),
    })
    return { asked, program }
  }

  it.skipIf(!areInstalled('bash', 'curl', 'openssl'))('makes its request with curl', async () => {
    const { asked, program } = await serve()
    const { first, examples } = program('curl')
    await run('bash', [
      '-ec',
      ['curl() { command curl --fail-with-body --silent "$@"; }', first, ...examples].join('\n'),
    ])
    expect(asked).toEqual(expected)
  })

  it.skipIf(!areInstalled('python3'))('makes its request with Python', async () => {
    const { asked, program } = await serve()
    const { first, examples } = program('python')
    await run('python3', ['-c', [first, ...examples].join('\n\n')])
    expect(asked).toEqual(expected)
  })

  it('makes its request with TypeScript', async () => {
    const { asked, program } = await serve()
    const { first, examples } = program('typescript')
    for (const example of examples) await evaluate(`${first}\n${example}\nclient.close()`)
    expect(asked).toEqual(expected)
  })
})

async function remembering(parts: ApiDeps): Promise<{ port: number; asked: Request[] }> {
  const asked: Request[] = []
  const api = createApi(parts)
  const app = new Hono()
  app.all('*', async (c) => {
    const body = await c.req.raw.clone().text()
    const answer = await api.fetch(c.req.raw, c.env as object)
    const isForm = c.req.header('content-type')?.includes('form') === true
    const sent = isForm ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body || '{}')
    const { method, path } = c.req
    if (answer.ok) asked.push({ method, path, fields: readTexts({ ...c.req.query(), ...sent }) })
    return answer
  })
  const listening = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => listening.close(0))
  return { port: listening.port, asked }
}

/** Forms and queries carry numbers and JSON as text; ids are text everywhere. */
function readTexts(fields: Record<string, unknown>): Record<string, unknown> {
  const read = (value: unknown) => (typeof value === 'string' && /^(?:\d+$|\{)/.test(value) ? JSON.parse(value) : value)
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, read(value)]))
}

/** An example has no types, so that it is JavaScript, too. */
async function evaluate(program: string): Promise<void> {
  const code = program.replace(/^import .*$/m, '')
  const AsyncFunction = Object.getPrototypeOf(evaluate).constructor as new (...words: string[]) => Example
  const quiet = { log: () => {} }
  await new AsyncFunction('createClient', 'process', 'console', code)(createClient, { env: KEYS }, quiet)
}

type Example = (create: typeof createClient, process: { env: typeof KEYS }, console: { log(): void }) => Promise<void>

function run(program: string, args: string[]) {
  const running = promisify(execFile)(program, args, { env: { ...process.env, ...KEYS }, timeout: 60_000 })
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}

function areInstalled(...programs: string[]): boolean {
  try {
    for (const program of programs) execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
