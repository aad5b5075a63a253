import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, usedFolder } from '../services/carillon.ts'
import { hasChromium, startChromium } from '../services/chromium.ts'

const admin = { username: 'root', password: 'wurzel' }
const authorization = `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString('base64')}`

/** Pages of another site, of another port, and of another name for this machine. */
const origins = ['evil.example', '127.0.0.1', 'localhost']
const newApp = 'name=other&key=otherkey1&secret=othersecret'

const forms = [
  ['post', 'application/x-www-form-urlencoded', `/v1/apps?${newApp}`],
  ['post', 'application/x-www-form-urlencoded', '/v1/apps'],
  ['post', 'multipart/form-data', `/v1/apps?${newApp}`],
  ['post', 'text/plain', `/v1/apps?${newApp}`],
  ['post', 'application/x-www-form-urlencoded', `/v1/apps/1?enabled=false&_method=PATCH`],
  ['get', 'application/x-www-form-urlencoded', '/v1/apps'],
  ['post', 'application/x-www-form-urlencoded', '/api/register'],
  ['post', 'multipart/form-data', '/api/register'],
] as const

describe.skipIf(!hasChromium)('a page of another origin, in a browser that remembers the password', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium(['--host-resolver-rules=MAP evil.example 127.0.0.1'])
  })
  afterAll(() => browser?.close())

  it('changes nothing with any form or fetch; a page of the same origin does', async () => {
    const env = { ADMIN_ACCOUNT: admin.username, ADMIN_PASSWORD: admin.password }
    const url = await addressOf(await carillon(['start', '--port', '0'], env, await usedFolder()))
    const port = await hostilePort()
    const context = await browser.newContext({ httpCredentials: admin })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    expect((await page.goto(`${url}/v1/apps`))?.status()).toBe(200)
    const before = await state(url)

    for (const name of origins) {
      for (const [method, enctype, path] of forms) {
        await page.goto(`http://${name}:${port}/`)
        await submit(page, { method, enctype, action: url + path })
      }
      await page.goto(`http://${name}:${port}/`)
      await fetchAll(page, url)
    }
    // Open mode asks for no password, but for a page of this machine, under a name of this machine.
    const rebound = url.replace('127.0.0.1', 'evil.example')
    for (const [from, to] of [
      [`http://evil.example:${port}`, url],
      [`${rebound}/healthz`, url],
      [`${rebound}/healthz`, rebound],
    ] as const) {
      await page.goto(from)
      await submit(page, { method: 'post', enctype: forms[0][1], action: `${to}/pusher/pushers/` })
    }
    expect(await state(url)).toEqual(before)

    await page.goto(`${url}/healthz`)
    expect(await createFrom(page)).toBe(201)
    expect((await state(url)).apps).toHaveLength(2)
  }, 180_000)
})

/** Another server of the same machine, with an empty page. */
async function hostilePort(): Promise<number> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<body>'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function state(url: string): Promise<{ apps: unknown[]; pushers: unknown }> {
  const apps = await fetch(`${url}/v1/apps`, { headers: { authorization } })
  const pushers = await fetch(`${url}/pusher/pushers/`)
  return { ...((await apps.json()) as { apps: unknown[] }), pushers: await pushers.json() }
}

/** Sends a form from the page, and waits for the answer, which is no success. */
async function submit(page: Page, { method, enctype, action }: Record<string, string>): Promise<void> {
  const fields = ['app_name', 'auth_account', 'auth_password', 'pusher']
  const inputs = fields.map((name) => `<input name="${name}" value="other-${name}">`)
  await page.setContent(
    `<form method="${method}" enctype="${enctype}" action="${action}">${inputs.join('')}<button>Send</button></form>`,
  )
  const from = page.url()
  const answered = page.waitForResponse((response) => response.url().startsWith(action!.split('?')[0]!))
  const loaded = page.waitForEvent('load')
  await page.getByRole('button').click()
  const [answer] = await Promise.all([answered, loaded])
  expect(answer.ok(), `${method} ${enctype} ${action} from ${from}`).toBe(false)
}

/** Whatever a script can send with the browser's password; what needs a preflight never leaves. */
async function fetchAll(page: Page, url: string): Promise<void> {
  await page.evaluate(
    async ([at, query]) => {
      const json = JSON.stringify({ name: 'other' })
      const requests: [string, RequestInit][] = [
        [`/v1/apps?${query}`, { method: 'POST', mode: 'no-cors' }],
        ['/v1/apps', { method: 'POST', mode: 'no-cors', body: json, headers: { 'content-type': 'text/plain' } }],
        ['/v1/apps', { method: 'POST', body: json, headers: { 'content-type': 'application/json' } }],
        ['/v1/apps/1', { method: 'PATCH', body: '{"enabled":false}' }],
        ['/v1/apps/1?enabled=false', { method: 'POST', headers: { 'x-http-method-override': 'PATCH' } }],
        ['/api/otherkey/unregister', { method: 'DELETE' }],
      ]
      for (const [path, request] of requests)
        await fetch(at + path, { credentials: 'include', ...request }).catch(() => undefined)
    },
    [url, newApp] as const,
  )
  const beacon = `navigator.sendBeacon('${url}/v1/apps?${newApp}', new Blob(['{}'], { type: 'application/json' }))`
  await page.evaluate(beacon)
}

function createFrom(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch('/v1/apps', { method: 'POST', headers, body: '{"name":"own"}' })
    return answer.status
  })
}
