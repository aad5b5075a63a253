import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  createSessionsClient,
  Days30,
  Hours1,
  Hours2,
  Hours24,
  type SessionRole,
  Weeks1,
} from '@carillon/client/sessions'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SessionGrant } from '../../packages/protocol-session/token.ts'
import { verifyToken } from '../../packages/protocol-session/token.ts'
import { newApp, onEveryDatabase } from './sessions-stage.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const seconds = () => Math.floor(Date.now() / 1000)

onEveryDatabase('the client for sessions', (served) => {
  const current = served()
  const stage = async () => {
    const { app, secret } = await newApp(current())
    const client = createSessionsClient({ url: current().url, key: app.key, secret })
    onTestFinished(() => client.close())
    const granted = async (token: string) => (await verifyToken(app, token, seconds())) as SessionGrant
    return { app, client, granted, find: (id: string) => current().store.sessions.find(app.id, id) }
  }

  it('creates sessions', async () => {
    const { client, find } = await stage()
    expect(await find((await client.createSession()).id)).toMatchObject({
      relayed: true,
      archived: false,
      location: '',
    })
    const { id } = await client.createSession('192.0.2.1', 'routed', 'always')
    expect(await find(id)).toMatchObject({ relayed: false, archived: true, location: '192.0.2.1' })
  })

  it('says why one was not created', async () => {
    const { app, client } = await stage()
    const refused = {
      name: 'CarillonError',
      status: 400,
      code: 'bad_request',
      message: 'location: must be an IPv4 address.',
    }
    await expect(client.createSession('here')).rejects.toMatchObject(refused)
    const stranger = createSessionsClient({ url: current().url, key: app.key, secret: 'wrong' })
    await expect(stranger.createSession()).rejects.toMatchObject({ status: 403, code: 'forbidden' })
    stranger.close()
  })

  it('makes a token', async () => {
    const { client, granted } = await stage()
    const session = await client.createSession()
    expect(await granted(session.token())).toMatchObject({
      sessionId: session.id,
      role: 'publisher',
      connectionData: '',
    })
    const { role, connectionData, expiresAt } = await granted(
      client.session(session.id).token('moderator', '李"雷', Hours2),
    )
    expect([role, connectionData]).toEqual(['moderator', '李"雷'])
    expect(expiresAt - seconds()).toBeLessThanOrEqual(Hours2)
    expect(expiresAt - seconds()).toBeGreaterThan(Hours2 - 60)
  })

  it.each([
    ['one thread', false, 100],
    ['so few that no thread is worth it', true, 100],
    ['two threads', 2, 10_001],
  ])('makes many tokens, all different: %s', async (_, parallel, count) => {
    const { client, granted } = await stage()
    const session = await client.createSession()
    const tokens = await session.tokens(count, {
      parallel,
      role: 'subscriber',
      connectionData: '李雷',
      expiration: Weeks1,
    })
    expect([tokens.length, new Set(tokens).size]).toEqual([count, count])
    for (const token of [tokens[0]!, tokens.at(-1)!])
      expect(await granted(token)).toMatchObject({ sessionId: session.id, role: 'subscriber', connectionData: '李雷' })
  })

  it('makes none', async () => {
    const session = (await stage()).client.session('2_x')
    expect(await session.tokens(0, { parallel: true })).toEqual([])
  })

  it('is what docs/protocols/sessions.md says', async () => {
    const { app, client, granted } = await stage()
    const page = readFileSync(`${root}docs/protocols/sessions.md`, 'utf8')
    const [, program = ''] = /```ts\n(.*?)```/s.exec(page) ?? []
    const own = program
      .replace('http://127.0.0.1:6001', current().url)
      .replace('100_000', '1000')
      .replace("'demo'", `'${app.key}'`)
      .replace("'s3cret'", `'${app.secrets[0]!.secret}'`)
    const shown = `${own}\nconsole.log([session.id, token, invitations.at(-1), invitations.length].join('\\n'))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', shown], {
      cwd: root,
    })
    const [id = '', token = '', invitation = '', count] = stdout.split('\n')
    expect(await granted(token)).toMatchObject({ sessionId: id, role: 'publisher', connectionData: 'name=Ann' })
    expect(await granted(invitation)).toMatchObject({ sessionId: id, role: 'subscriber' })
    expect([count, client.session(id).id]).toEqual(['1000', id])
  })

  describe('makes no token', () => {
    it.each<[string, [string?, string?, number?]]>([
      ['role must be one of', ['constructor']],
      ['connectionData must be', ['publisher', 'x'.repeat(1025)]],
      ['expiration must be', ['publisher', '', Days30 + 1]],
      ['expiration must be', ['publisher', '', 0]],
      ['expiration must be', ['publisher', '', NaN]],
    ])('when its %s something else', async (sentence, [role, connectionData, expiration]) => {
      const session = (await stage()).client.session('2_x')
      const given = { role: role as SessionRole | undefined, connectionData, expiration }
      expect(() => session.token(given.role, connectionData, expiration)).toThrow(sentence)
      await expect(session.tokens(1, given)).rejects.toThrow(sentence)
    })
  })
})

it('knows lifetimes in seconds, and needs a key and a secret', () => {
  expect([Hours1, Hours2, Hours24, Weeks1, Days30]).toEqual([3600, 7200, 86_400, 604_800, 2_592_000])
  const without = { url: 'http://localhost:6001', key: '', secret: '' }
  expect(() => createSessionsClient(without)).toThrow('key and secret are required')
})
