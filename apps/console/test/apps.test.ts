import { generateKeyPairSync } from 'node:crypto'
import { type AppSettings, fingerprintOf } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { appWith, SECRET } from '../../api/test/fakes.ts'
import { formOf } from '../pages/app-form.ts'
import { fakeDeps, openDeps, VIEWER, Visit } from './fakes.ts'

const SHOP = '/console/apps/1'

const SETTINGS: AppSettings = {
  clientEvents: true,
  allowedOrigins: ['https://shop.example.com', '*.example.org'],
  connectHook: 'https://hooks.example.com/connect?token=hush',
  webhooks: [{ url: 'https://hooks.example.com/events?token=hush', events: ['channel_occupied', 'member_added'] }],
  limits: { connections: 1000, eventBytes: 2048 },
  quietHours: { from: '22:00', to: '07:00' },
  smear: 60,
}

function pem(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return (publicKey.export({ type: 'spki', format: 'pem' }) as string).trim()
}

/** Somebody in open mode, and the only app that there is. */
function withApp(settings: AppSettings = SETTINGS, secrets = 2) {
  const app = appWith({
    settings,
    secrets: Array.from({ length: secrets }, (_, index) => ({ id: index + 1, secret: SECRET, createdAt: 1 })),
  })
  const deps = openDeps()
  deps.apps.list = async () => [app]
  const visit = new Visit(deps)
  /** Sends the form with its values, some of them changed. */
  const save = (changes: Record<string, string | undefined>) => {
    const fields = Object.entries({ ...Object.fromEntries(formOf(app)), ...changes })
    const given = fields.filter((entry): entry is [string, string] => entry[1] !== undefined)
    return visit.submit(SHOP, SHOP, Object.fromEntries(given))
  }
  return { app, deps, visit, save }
}

describe('the list of apps', () => {
  it('has no secrets', async () => {
    const text = await withApp().visit.text('/console/apps')
    expect(text).toContain('<a href="/console/apps/1">shop</a>')
    expect(text).not.toContain(SECRET)
  })

  it('creates an app, and shows its key and its secret once', async () => {
    const { visit, deps } = withApp()
    const answer = await visit.submit('/console/apps', '/console/apps', { name: ' blog ' })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const text = await answer.text()
    expect(text).toContain(`<code id="secret">${SECRET}</code>`)
    expect(text).toContain('<button data-copy="secret">')
    expect(deps.calls).toEqual([['create', { name: 'blog', settings: {} }]])
    expect(deps.audited).toMatchObject([{ account: 'open mode', app: null, action: 'app.create', target: 'blog (2)' }])
    for (const path of ['/console/apps', SHOP, '/console/audit']) expect(await visit.text(path)).not.toContain(SECRET)
  })

  it.each([
    ['', 'Is required.'],
    ['x'.repeat(256), 'Must be at most 255 characters.'],
  ])('refuses a name as the API does, at its field: %.5s', async (name, problem) => {
    const { visit, deps } = withApp()
    const answer = await visit.submit('/console/apps', '/console/apps', { name })
    expect(answer.status).toBe(422)
    expect(await answer.text()).toMatch(new RegExp(`value="${name}"[^]*id="name-problem">${problem}`))
    expect([deps.calls, deps.audited]).toEqual([[], []])
  })
})

describe('the settings of an app', () => {
  it('are in the form, and are not changed by sending it back', async () => {
    const { visit, deps, save } = withApp()
    const text = await visit.text(SHOP)
    for (const value of ['1000', 'https://hooks.example.com/connect?token=hush'])
      expect(text).toContain(`value="${value}"`)
    expect(text).toContain('https://hooks.example.com/events?token=hush channel_occupied member_added</textarea')
    expect((await save({})).headers.get('location')).toBe(`${SHOP}?notice=app-unchanged`)
    expect([deps.calls, deps.audited]).toEqual([[], []])
  })

  it.each([
    [
      { name: 'blog', enabled: undefined, v2Only: 'on' },
      { name: 'blog', enabled: false, v2Only: true, settings: {} },
    ],
    [{ clientEvents: undefined, tlsOnly: 'on' }, { settings: { clientEvents: undefined, tlsOnly: true } }],
    [{ allowedOrigins: ' localhost:3000 \r\n\r\n' }, { settings: { allowedOrigins: ['localhost:3000'] } }],
    [{ allowedOrigins: '', connectHook: '' }, { settings: { allowedOrigins: undefined, connectHook: undefined } }],
    [{ webhooks: 'https://a.example' }, { settings: { webhooks: [{ url: 'https://a.example', events: [] }] } }],
    [
      { quietHours: '23:00 - 06:30 fri', timezone: ' Asia/Tokyo', smear: '0' },
      { settings: { quietHours: { from: '23:00', to: '06:30', days: ['fri'] }, timezone: 'Asia/Tokyo', smear: 0 } },
    ],
    [{ quietHours: '', smear: '' }, { settings: { quietHours: undefined, smear: undefined } }],
    [{ 'limits.connections': '5' }, { settings: { limits: { connections: 5, eventBytes: 2048 } } }],
    [{ 'limits.connections': '', 'limits.eventBytes': '' }, { settings: { limits: undefined } }],
  ])('are changed by what differs: %j', async (changes, change) => {
    const { deps, save } = withApp()
    expect((await save(changes)).headers.get('location')).toBe(`${SHOP}?notice=app-changed`)
    expect(deps.calls).toEqual([['change', 1, change]])
    const { settings } = deps.calls[0]![2] as typeof change
    expect(Object.keys(settings).toSorted()).toEqual(Object.keys(change.settings).toSorted())
  })

  it('are those of the app in the path, whichever the other pages are about', async () => {
    const { app, deps, visit } = withApp()
    deps.apps.list = async () => [app, { ...app, id: 2 }]
    deps.apps.change = async () => app
    await visit.submit('/console/apps/2', '/console/apps/2', { name: 'blog' })
    expect(deps.audited).toMatchObject([{ app: 2, action: 'app.change' }])
    await visit.submit('/console/apps/2', '/console/apps/2/secrets')
    expect(deps.audited[0]).toMatchObject({ app: 2, action: 'secret.add' })
  })

  it('that change are in the audit by their names', async () => {
    const { deps, save } = withApp()
    await save({ name: 'blog', clientEvents: undefined, 'limits.connections': '5' })
    expect(deps.audited).toMatchObject([{ app: 1, action: 'app.change', target: 'name, clientEvents, limits' }])
  })

  it.each([
    [{ name: '' }, 'name', 'Name is required.'],
    [{ connectHook: 'ftp://a' }, 'connectHook', 'Connect hook must be an http or https URL.'],
    [
      { allowedOrigins: 'ok.example\nhttps://a/b' },
      'allowedOrigins',
      'Allowed origins, line 2, must be an origin or a host',
    ],
    [{ webhooks: 'https://a.example\nb' }, 'webhooks', 'Webhooks, line 2, must be an http or https URL.'],
    [
      { quietHours: 'at night' },
      'quietHours',
      'Quiet hours must be such as 22:00 to 07:00, or 22:00 to 07:00 on fri, sat.',
    ],
    [
      { quietHours: '22:00 to 22:00' },
      'quietHours',
      'Quiet hours must begin and end at different times, and last at most 22 hours.',
    ],
    [
      { quietHours: '22:00 to 07:00 on friday' },
      'quietHours',
      'Quiet hours must name each day once, as mon, tue, wed, thu, fri, sat, sun.',
    ],
    [{ timezone: 'Moon' }, 'timezone', 'Time zone must be a time zone such as Asia/Shanghai: a name of the IANA list.'],
    [{ smear: '3601' }, 'smear', 'Spread in seconds must be at most 3600.'],
    [{ 'limits.connections': '1.5' }, 'limits.connections', 'Connections must be a whole number.'],
    [{ 'limits.authorizationSeconds': '4000' }, 'limits.authorizationSeconds', 'must be at most 3600.'],
  ])('that are wrong are refused at their field, as the API does: %j', async (changes, field, problem) => {
    const { deps, save } = withApp()
    const answer = await save({ ...changes, watchlist: 'on' })
    const text = await answer.text()
    expect(answer.status).toBe(422)
    const [, shown = ''] = text.split(`id="${field}-problem">`)
    expect(shown.split('</p>', 1)[0]).toContain(problem)
    expect(text).toMatch(/id="watchlist"[^>]* checked/)
    expect(text.match(/aria-invalid/g)).toHaveLength(1)
    expect(text).toContain(`<a href="#${field}">`)
    expect([deps.calls, deps.audited]).toEqual([[], []])
  })
})

describe('the secrets of an app', () => {
  it('are never in its page', async () => {
    const text = await withApp().visit.text(SHOP)
    expect(text).toContain('Secret 2')
    expect(text).not.toContain(SECRET)
  })

  it('are shown when they are added, and written down by their id', async () => {
    const { visit, deps } = withApp()
    const answer = await visit.submit(SHOP, `${SHOP}/secrets`)
    expect(answer.status).toBe(201)
    const text = await answer.text()
    expect(text).toContain('<code id="secret">made-up</code>')
    expect(text).not.toContain(SECRET)
    expect(deps.calls).toEqual([['change', 1, { addSecret: '' }]])
    expect(deps.audited).toMatchObject([{ app: 1, action: 'secret.add', target: 'secret 7' }])
  })

  it('are retired after a question, but not the last one', async () => {
    const { visit, deps } = withApp()
    const answer = await visit.submit(SHOP, `${SHOP}/secrets/2/retire`)
    expect(answer.headers.get('location')).toBe(`${SHOP}?notice=secret-retired`)
    expect(deps.calls).toEqual([['change', 1, { retireSecret: 2 }]])
    expect(deps.audited).toMatchObject([{ action: 'secret.retire', target: 'secret 2' }])
    expect(await withApp(SETTINGS, 1).visit.text(SHOP)).not.toContain('/retire')
  })
})

describe('the public keys of an app', () => {
  it('are added beside those that there are', async () => {
    const [known, added] = [pem(), pem()]
    const { visit, deps } = withApp({ publicKeys: [known] })
    await visit.submit(SHOP, `${SHOP}/keys`, { key: `\r\n${added.replaceAll('\n', '\r\n')}\r\n` })
    expect(deps.calls).toEqual([['change', 1, { settings: { publicKeys: [known, added] } }]])
    const target = `publicKeys (${fingerprintOf(known)}, ${fingerprintOf(added)})`
    expect(deps.audited).toMatchObject([{ action: 'app.change', target }])
  })

  it('are refused as the API refuses them, and twice', async () => {
    const known = pem()
    const { visit, deps } = withApp({ publicKeys: [known] })
    const answers = [
      await visit.submit(SHOP, `${SHOP}/keys`, { key: 'no key' }),
      await visit.submit(SHOP, `${SHOP}/keys`, { key: known }),
    ]
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(texts[0]).toContain('Must be an RSA (2048 bits or more) or P-256 public key as PEM.')
    expect(texts[1]).toContain('The app has this key already.')
    expect([answers.map(({ status }) => status), deps.calls]).toEqual([[422, 422], []])
  })

  it('are retired by their fingerprint', async () => {
    const [known, other] = [pem(), pem()]
    const { visit, deps } = withApp({ publicKeys: [known, other] })
    await visit.submit(SHOP, `${SHOP}/keys/${fingerprintOf(known)}/retire`)
    expect(deps.calls).toEqual([['change', 1, { settings: { publicKeys: [other] } }]])
  })
})

it.each(['/console/apps/2', '/console/apps/x'])('%s is not there', async (path) => {
  const answer = await withApp().visit.get(path)
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('There is no app ')])
})

it.each([`${SHOP}/secrets/9/retire`, `${SHOP}/keys/9/retire`, '/console/apps/2/secrets'])(
  'a form for what is not there changes nothing: %s',
  async (path) => {
    const { visit, deps } = withApp()
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await visit.text(SHOP))!
    expect((await visit.post(path, { token })).status).toBe(404)
    expect([deps.calls, deps.audited]).toEqual([[], []])
  },
)

describe('a viewer', () => {
  async function viewing() {
    const deps = fakeDeps()
    deps.apps.list = async () => [appWith({ settings: { ...SETTINGS, publicKeys: [pem()] } })]
    const visit = new Visit(deps)
    await visit.login(VIEWER)
    return visit
  }

  it('sees the apps and their settings, without forms, secrets or the paths of hooks', async () => {
    const visit = await viewing()
    for (const path of ['/console/apps', SHOP]) {
      const text = await visit.text(path)
      expect(text.match(/<form/g)).toHaveLength(1) // to sign out
      expect(text).not.toMatch(new RegExp(`${SECRET}|hush`))
    }
    expect(await visit.text(SHOP)).toContain('hooks.example.com')
  })

  it('changes nothing by a request made by hand', async () => {
    const visit = await viewing()
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await visit.text(SHOP))!
    for (const path of ['/console/apps', SHOP, `${SHOP}/secrets`, `${SHOP}/secrets/1/retire`, `${SHOP}/keys`])
      expect((await visit.post(path, { token, name: 'x' })).status).toBe(403)
    expect(visit.deps.calls).toEqual([])
  })
})
