import type { Config } from '@carillon/config'
import type { App } from '@carillon/contract'
import { type AppRepository, type AuditRepository, DataDirInUseError, type Store } from '@carillon/store'
import { silentLogger } from '@carillon/testkit'
import type { Logger } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { appsIn, appsOfServer } from '../apps.ts'
import { auditedApps } from '../embed/audited-apps.ts'

const secrets = [
  { id: 7, secret: 'old', createdAt: 0 },
  { id: 8, secret: 'new', createdAt: 1 },
]
const shop: App = {
  id: 2,
  name: 'shop',
  key: 'k2',
  secrets,
  v2Only: false,
  enabled: true,
  createdAt: 0,
  settings: { publicKeys: ['one'] },
}

const actor = { account: 'root', address: 'command line of web-1' }

describe('the apps in a database', () => {
  function inDatabase() {
    const repository = {
      change: vi.fn<AppRepository['change']>(async () => shop),
      byId: vi.fn<AppRepository['byId']>(async (id) => (id === 2 ? shop : null)),
      create: vi.fn<AppRepository['create']>(async () => shop),
    }
    const audit = {
      add: vi.fn<AuditRepository['add']>(async () => '1'),
      retarget: vi.fn<AuditRepository['retarget']>(async () => {}),
    }
    const store = { apps: repository, audit } as unknown as Store
    return { repository, audit, apps: appsIn(store, actor, async () => {}) }
  }

  it('change by valid fields only', async () => {
    const { apps, repository } = inDatabase()
    await apps.change(2, { name: 'store', publicKeys: null })
    expect(repository.change).toHaveBeenCalledExactlyOnceWith(2, { name: 'store', settings: { publicKeys: undefined } })
    await expect(apps.change(2, { enabled: 'no' })).rejects.toMatchObject({ code: 'invalid_field' })
    expect(repository.change).toHaveBeenCalledOnce()
  })

  it('are changed under the name of who runs the command', async () => {
    const { apps, audit } = inDatabase()
    await apps.create('shop')
    await apps.addSecret(2)
    await apps.retireSecret(2, 7)
    await apps.setPublicKeys(2, [])
    const written = audit.add.mock.calls.map(([entry]) => entry)
    expect(written).toMatchObject([
      { ...actor, app: null, action: 'app.create', target: 'shop' },
      { ...actor, app: 2, action: 'secret.add' },
      { ...actor, app: 2, action: 'secret.retire', target: 'secret 7' },
      { ...actor, app: 2, action: 'app.change', target: 'publicKeys' },
    ])
    expect(audit.retarget.mock.calls).toEqual([
      ['1', 'shop (2)'],
      ['1', 'secret 8'],
    ])
  })

  it('show the newest secret, and the keys of an app that is there', async () => {
    const { apps } = inDatabase()
    expect(await apps.addSecret(2)).toEqual(secrets[1])
    expect(await apps.publicKeys(2)).toEqual(['one'])
    await expect(apps.publicKeys(9)).rejects.toMatchObject({ code: 'app_not_found' })
  })
})

it('apps are registered and unregistered over GoPusher under the account of the call', async () => {
  const add = vi.fn<AuditRepository['add']>(async () => '1')
  const gopusherApps = { register: async () => shop, unregister: async () => {} }
  const apps = auditedApps({ gopusherApps, audit: { add, retarget: async () => {} } } as unknown as Store)
  const account = { name: 'shop', passwordHash: 'hash', requestIp: '192.0.2.7' }
  expect(await apps.register({ name: 'shop', account }, actor)).toBe(shop)
  await apps.unregister(2, actor)
  expect(add.mock.calls.map(([entry]) => entry)).toEqual([
    { ...actor, app: null, action: 'app.create', target: 'shop' },
    { ...actor, app: 2, action: 'app.change', target: 'enabled' },
  ])
})

describe('the apps of a server', () => {
  const inUse = new DataDirInUseError('/data', 'process 4711')

  /** A server that gives each call the same answer. */
  async function onServer(answer: () => Response, config: Partial<Config> = {}) {
    const calls: { method: string; url: string; authorization: string | null; fields: unknown }[] = []
    const call = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      const { method, headers } = new Request(url, init)
      const fields: unknown = init?.body === undefined ? undefined : JSON.parse(init.body as string)
      calls.push({ method, url: url as string, authorization: headers.get('authorization'), fields })
      return answer()
    })
    onTestFinished(() => call.mockRestore())
    const log = silentLogger as Logger
    return { calls, apps: await appsOfServer({ dataDir: '/data', ...config } as Config, log, 'http://a', inUse) }
  }

  const { settings, ...own } = shop
  const shown = { ...own, ...settings }

  it('are listed with their settings, as the administrator', async () => {
    const { apps, calls } = await onServer(() => Response.json({ apps: [shown] }), {
      adminAccount: 'root',
      adminPassword: 'pass',
    })
    expect(await apps.list()).toEqual([shop])
    const authorization = `Basic ${btoa('root:pass')}`
    expect(calls).toEqual([{ method: 'GET', url: 'http://a/v1/apps', authorization, fields: undefined }])
  })

  it('are called without credentials where there is no administrator', async () => {
    const { apps, calls } = await onServer(() => Response.json({ app: shown }))
    expect(await apps.addSecret(2)).toEqual(secrets[1])
    const fields = { addSecret: '' }
    expect(calls).toEqual([{ method: 'PATCH', url: 'http://a/v1/apps/2', authorization: null, fields }])
  })

  it('have the keys of an app that is there', async () => {
    const { apps } = await onServer(() => Response.json({ apps: [shown] }))
    expect(await apps.publicKeys(2)).toEqual(['one'])
    await expect(apps.publicKeys(9)).rejects.toMatchObject({ code: 'app_not_found' })
  })

  it.each([401, 403])('need the password of a server that answers %i', async (status) => {
    const { apps } = await onServer(() => Response.json({ err: 'no' }, { status }))
    await expect(apps.list()).rejects.toThrow('the same ADMIN_ACCOUNT and ADMIN_PASSWORD')
  })

  it('are not sought on a server that is not Carillon', async () => {
    const { apps } = await onServer(() => new Response('<p>hello</p>'))
    await expect(apps.list()).rejects.toMatchObject({
      name: 'SetupError',
      message: expect.stringMatching(
        /^The database in \/data is open in process 4711\. Set PORT .* http:\/\/a is not/,
      ) as string,
    })
  })

  it('fail with the error of the server, or with the setting that is wrong where nothing answers', async () => {
    const { apps } = await onServer(() => Response.json({ err: 'There is no app 9.' }, { status: 404 }))
    await expect(apps.create('shop')).rejects.toThrow('The server at http://a answered 404: There is no app 9.')
    vi.mocked(fetch).mockRejectedValueOnce(new TypeError('fetch failed'))
    await expect(apps.list()).rejects.toThrow('set PORT to its port: nothing answers at http://a.')
  })
})
