import type { App } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, post, usedFolder } from '../services/carillon.ts'
import { dial } from '../services/channels-socket.ts'
import { barriersOn, hasChromium, person, problemsOn, sidewaysOn, startChromium } from '../services/chromium.ts'

const slow = 180_000

const EVIL = '"><script>document.title="evil"</script>'

/** Gives up whatever it is given, for a reason that a stranger has written. */
const FAX = `export default { name: 'sendfax', send: async ({ raw }) => ({ giveUp: raw }) }`

/** Its rate makes a broadcast take seconds. */
const SLOW = `export default { name: 'sendslow', send: async () => {} }`

const PUSHER = `/pushers/${encodeURIComponent(EVIL)}`

const PAGES = [
  '',
  '?span=day',
  '/pushes',
  '/pushers',
  PUSHER,
  `${PUSHER}?sender=sendpager`,
  '/dead',
  '/broadcasts',
  '/live',
  '/senders',
  '/apps',
  '/apps/1',
  '/audit',
]

describe.skipIf(!hasChromium)('the console in Chromium', { timeout: slow }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium([], ['--disable-back-forward-cache'])
  })
  afterAll(() => browser?.close())

  /** A server with a dead push, one that no worker sends, one that is sent, and a broadcast. */
  async function open(env: Record<string, string> = {}) {
    const folder = await usedFolder()
    await writeFile(join(folder, 'fax.mjs'), FAX)
    await writeFile(join(folder, 'slow.mjs'), SLOW)
    const settings = { SENDERS: './fax.mjs,./slow.mjs', ...env }
    const server = await carillon(['start', '--port', '0'], settings, folder)
    const url = await addressOf(server)
    return { url, server, ...(env['APP_KEY'] ? {} : await seed(url)) }
  }

  async function seed(url: string): Promise<{ dead: string; broadcast: string }> {
    const pusher = EVIL
    const attributes = JSON.stringify({ [EVIL]: EVIL })
    const phoneNumber = '+4915112345678'
    await post(`${url}/pusher/pushers/`, { pusher, email: 'ada@example.com', phoneNumber, nickname: EVIL, attributes })
    await post(`${url}/pusher${PUSHER}/${encodeURIComponent(EVIL)}/`, {})
    await post(`${url}/v1/suppressions`, { sender: 'sendsms', address: phoneNumber, reason: EVIL })
    const address = new URLSearchParams({ kind: 'fcm', token: `token-of-a-phone-${'x'.repeat(20)}`, label: EVIL })
    await fetch(`${url}/v1${PUSHER}/addresses`, { method: 'PUT', body: address })
    for (const sender of ['sendfax', 'sendmail', 'sendpager']) await post(`${url}/pusher/${sender}/add`, { pusher })
    await post(`${url}/pusher/sendfax/push`, { pusher, data: EVIL })
    await post(`${url}/pusher/sendpager/push`, { pusher, data: 'x' })
    await post(`${url}/pusher/sendmail/push`, { pusher, data: JSON.stringify({ subject: EVIL, text: EVIL }) })
    await post(`${url}/pusher/sendmail/pushall`, { data: '{"subject":"News","text":"x"}' })
    const list = async (path: string) =>
      (await fetch(`${url}${path}`)).json() as Promise<Record<string, { id: string; name: string }[]>>
    const dead = await waitFor(async () => (await list('/v1/pushes?state=dead'))['pushes']?.[0])
    const broadcast = await waitFor(async () => (await list('/v1/broadcasts'))['broadcasts']?.[0])
    return { dead: dead.id, broadcast: broadcast.name }
  }

  it('can be read by everybody, wherever, and runs nothing that a stranger wrote', async () => {
    const { url, dead, broadcast } = await open()
    const settings = {
      name: EVIL,
      allowedOrigins: ['*.example.com'],
      webhooks: [{ url: 'https://a/', events: [EVIL] }],
    }
    await fetch(`${url}/v1/apps/1`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...settings, connectHook: `https://a/?${EVIL}` }),
    })
    const context = await person(browser)
    const page = await context.newPage()
    const problems = problemsOn(page)
    for (const path of [...PAGES, `/pushes/${dead}`, `/broadcasts/${broadcast}`]) {
      await page.goto(`${url}/console${path}`)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await barriersOn(page), `${path} ${colorScheme}`).toEqual([])
      }
      for (const width of [320, 768, 1440]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await sidewaysOn(page), `${path} ${width}`).toBeLessThanOrEqual(0)
      }
      expect(await page.title()).not.toBe('evil')
    }
    await page.goto(`${url}/console/pushes/${dead}`)
    await page.getByRole('button', { name: 'Show the message' }).click()
    await page.getByText(EVIL, { exact: true }).last().waitFor()
    expect(await page.title()).not.toBe('evil')
    expect(problems).toEqual([])
  })

  it('finds people while somebody types, and leads to the reason', async () => {
    const { url } = await open()
    await post(`${url}/pusher/pushers/`, { pusher: 'grace', nickname: 'Grace Hopper' })
    await post(`${url}/pusher/sendpager/add`, { pusher: 'grace' })
    const page = await (await person(browser)).newPage()
    const problems = problemsOn(page)
    await page.goto(`${url}/console/pushers`)
    await page.getByText('2 pushers').waitFor()
    await page.getByRole('searchbox').pressSequentially('hopp')
    await page.getByText('1 pusher', { exact: true }).waitFor()
    expect(new URL(page.url()).search).toBe('?q=hopp')
    expect(await page.getByRole('searchbox').inputValue()).toBe('hopp')
    await page.getByRole('link', { name: 'grace' }).click()
    await page.getByRole('link', { name: 'sendpager' }).first().click()
    await page.getByRole('listitem').filter({ hasText: 'No worker runs sendpager.' }).waitFor()
    await page.getByText('Send a test…').click()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('heading', { name: 'sendpager to grace' }).waitFor()
    expect(problems).toEqual([])
  })

  it('shows the secret of an app once', async () => {
    const { url } = await open()
    const page = await (await person(browser)).newPage()
    const problems = problemsOn(page)
    await page.goto(`${url}/console/apps`)
    await page.getByText('Create an app…').click()
    await page.getByLabel('Name').fill('blog')
    await page.getByRole('button', { name: 'Create' }).click()
    const secret = await page.locator('#secret').innerText()
    await page.getByText(secret).click()
    expect(await page.evaluate('getSelection().toString()')).toBe(secret)
    await page.setViewportSize({ width: 320, height: 800 })
    expect([await barriersOn(page), await sidewaysOn(page)]).toEqual([[], 0])
    await page.getByRole('link', { name: 'To the app' }).click()
    await page.getByLabel('Allowed origins').fill('https://a/b')
    await page.getByRole('button', { name: 'Save the settings' }).click()
    await page.getByRole('link', { name: 'Allowed origins, line 1, must be an origin or a host' }).click()
    expect(new URL(page.url()).hash).toBe('#allowedOrigins')
    expect(await page.content()).not.toContain(secret)
    expect(problems.filter((text) => !text.includes('422'))).toEqual([])
  })

  it('says what stands in the way, and leads there', async () => {
    const { url } = await open()
    const page = await (await person(browser)).newPage()
    await page.goto(`${url}/console`)
    await page.getByRole('heading', { name: 'Two things stand in the way' }).waitFor()
    await page.getByText('sendpager has no worker that runs it: 1 push waits').waitFor()
    await page.getByRole('link', { name: 'See the dead pushes' }).click()
    await page.getByRole('heading', { name: 'Dead pushes' }).waitFor()
  })

  it('can be worked with the keyboard alone, without scripts', async () => {
    const { url, dead } = await open()
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    try {
      await page.goto(`${url}/console`)
      await press(page, 'Senders')
      await press(page, 'Pause sendfax')
      await page.getByText('sendfax is paused.').waitFor()
      await page.goto(`${url}/console/pushes/${dead}`)
      await press(page, 'Replay')
      await page.getByText('The push is replayed').waitFor()
      await page.getByText('its sender is paused').waitFor()
      await press(page, 'Cancel…')
      await press(page, 'Cancel')
      await page.getByText('The push is cancelled.').waitFor()
      await press(page, 'Pushers')
      await page.getByLabel('Name, id').fill('script')
      await page.keyboard.press('Enter')
      await page.getByText('1 pusher', { exact: true }).waitFor()
      await page.getByRole('row').getByRole('link').click()
      await page.getByRole('heading', { name: 'Newest pushes' }).waitFor()
      await press(page, 'Audit')
      await page.getByRole('heading', { name: 'Audit' }).waitFor()
      const who = page.getByLabel('Who')
      expect([await who.isVisible(), await page.getByText('Filter…').isVisible()]).toEqual([true, false])
      await page.setViewportSize({ width: 375, height: 800 })
      expect(await who.isVisible()).toBe(false)
      await press(page, 'Filter…')
      await who.waitFor()
      await page.setViewportSize({ width: 1280, height: 800 })
      const done = await page.getByRole('row').allInnerTexts()
      expect(done.map((text) => text.split(/\s/, 1)[0])).toEqual([
        'What',
        'push.cancel',
        'push.replay',
        'sender.pause',
        'suppression.add',
      ])
    } finally {
      await context.close()
    }
  })

  it('follows a broadcast while it runs, and lets the server stop', async () => {
    const { url, server } = await open({ RATE_SENDSLOW: '20/s' })
    const pushers = Array.from({ length: 60 }, (_, index) => `reader-${index}`)
    for (const pusher of pushers) {
      await post(`${url}/pusher/pushers/`, { pusher })
      await post(`${url}/pusher/sendslow/add`, { pusher })
    }
    const { body } = await post(`${url}/pusher/sendslow/pushall`, { data: 'x' })
    const page = await (await person(browser)).newPage()
    const problems = problemsOn(page)
    await page.goto(`${url}/console/broadcasts/${String(body['name'])}`)
    await page.evaluate('window.isSamePage = true')
    await page.getByText('60 of 60').waitFor()
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    expect(problems).toEqual([])
    await page.goto(`${url}/console`)
    expect(await server.stop('SIGTERM')).toBe(0)
  })

  it('follows one page only, however many the browser keeps for the way back', async () => {
    const { url } = await open()
    const page = await (await person(browser)).newPage()
    const paths = ['/live', '', '/pushes', '/senders']
    for (let visit = 0; visit < 20; visit++) await page.goto(`${url}/console${paths[visit % paths.length]!}`)
    await page.goto(`${url}/console/live`)
    await page.getByText('Following.').waitFor()
    await page.evaluate('window.isSamePage = true')
    await page.getByRole('link', { name: 'Apps' }).click()
    await page.getByRole('heading', { name: 'Apps' }).waitFor()
    const socket = await dial({ port: Number(new URL(url).port) }, await firstApp(url))
    await socket.joins('presence-room', { user_id: 'ada' })
    await page.evaluate('history.back()')
    await page.getByRole('cell', { name: 'presence-room' }).waitFor()
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    socket.end()
    await page.getByText('Nobody is on a channel.').waitFor()
  })

  it('lists events as they pass, and sends one', async () => {
    const { url } = await open()
    const socket = await dial({ port: Number(new URL(url).port) }, await firstApp(url))
    await socket.joins('presence-room', { user_id: EVIL })
    const page = await (await person(browser)).newPage()
    const problems = problemsOn(page)
    await page.goto(`${url}/console/live`)
    await page.getByRole('cell', { name: EVIL, exact: true }).waitFor()
    const row = (text: string) => page.locator('.stream tbody tr').filter({ hasText: text })
    const send = async (channel: string, name: string, data: string) => {
      const form = page.locator('#send')
      await form.getByLabel('Channel').fill(channel)
      await form.getByLabel('Event').fill(name)
      await form.getByLabel('Data').fill(data)
      await form.getByRole('button', { name: 'Send' }).click()
    }
    await send('presence-room', 'hello', '{"n":1}')
    expect(await socket.hears('hello')).toMatchObject({ data: { n: 1 } })
    await row('••• a number').waitFor()
    await page.getByText('The event is sent').waitFor()
    await send('no channel', 'hello', 'x')
    await page.getByText('A channel must be 1 to 200').waitFor()

    await page.getByRole('button', { name: 'Pause' }).click()
    await send('news', EVIL, EVIL.repeat(60))
    await page.getByRole('button', { name: 'Resume (1 new)' }).click()
    await row(EVIL).waitFor()
    await page.getByRole('button', { name: 'Show data' }).click()
    await page.getByText('Following.').waitFor()
    await send(`#server-to-user-${EVIL}`, 'hello', `for ${EVIL}`)
    await row(`for ${EVIL}`).waitFor()
    expect(await row('').count()).toBe(3)
    await row(EVIL).locator('summary').first().click()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await barriersOn(page), `live ${colorScheme}`).toEqual([])
    }
    for (const width of [320, 768, 1440]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await sidewaysOn(page), `live ${width}`).toBeLessThanOrEqual(0)
    }
    socket.end()
    await page.getByText('Nobody is on a channel.').waitFor()
    expect(await row('').count()).toBe(3)
    expect(await page.locator('#send').getByLabel('Channel').inputValue()).toBe(`#server-to-user-${EVIL}`)
    expect(await page.title()).not.toBe('evil')
    expect(problems).toEqual([expect.stringContaining('400')]) // the event that was refused

    const context = await browser.newContext({ javaScriptEnabled: false })
    onTestFinished(() => context.close())
    const plain = await context.newPage()
    await plain.goto(`${url}/console/live`)
    await plain.getByText('Nobody is on a channel.').waitFor()
    await plain.getByText('Events are listed as they pass only with JavaScript.').waitFor()
    expect(await plain.getByRole('button', { name: 'Pause' }).isVisible()).toBe(false)
  })

  it('lets in who has an account, and a viewer only reads', async () => {
    const admin = { ADMIN_ACCOUNT: 'ops', ADMIN_PASSWORD: 'correct horse' }
    const viewer = { VIEWER_ACCOUNT: 'guest', VIEWER_PASSWORD: 'battery staple' }
    const { url } = await open({ APP_KEY: 'demo', APP_SECRET: 's3cret', ...admin, ...viewer })
    const page = await (await person(browser)).newPage()
    const signIn = async (account: string, password: string) => {
      await page.getByLabel('Account').fill(account)
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
    await page.goto(`${url}/console/senders`)
    expect(await barriersOn(page)).toEqual([])
    await signIn('ops', 'wrong')
    await page.getByText('The account or the password is wrong.').waitFor()
    await signIn('ops', 'correct horse')
    await page.getByRole('button', { name: 'Pause sendmail' }).click()
    await page.getByText('sendmail is paused.').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await signIn('guest', 'battery staple')
    await page.getByRole('link', { name: 'Senders' }).first().click()
    await page.getByText('guest, can only read').waitFor()
    await page.getByRole('cell', { name: 'paused' }).waitFor()
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Sign out'])
    const basic = `Basic ${Buffer.from('ops:correct horse').toString('base64')}`
    const audit = await fetch(`${url}/v1/audit`, { headers: { authorization: basic } })
    const { entries } = (await audit.json()) as { entries: { account: string; action: string; address: string }[] }
    expect(entries.map(({ account, action }) => `${account} ${action}`)).toEqual([
      'guest login',
      'ops logout',
      'ops sender.pause',
      'ops login',
    ])
    expect(entries[0]!.address).toBe('127.0.0.1')
    expect((await fetch(`${url}/v1/audit`)).status).toBe(401)
  })
})

/** The first app, with a secret of its own: the others are masked. */
async function firstApp(url: string): Promise<App> {
  const response = await fetch(`${url}/v1/apps/1`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ addSecret: '' }),
  })
  const { app } = (await response.json()) as { app: App }
  return { ...app, secrets: app.secrets.slice(-1) }
}

/** Goes with Tab to what has this name, and presses Enter there. */
async function press(page: Page, name: string): Promise<void> {
  const target = page
    .locator('a, button, summary')
    .filter({ hasText: new RegExp(`^\\s*${name}\\s*$`) })
    .first()
  await target.waitFor()
  for (let steps = 0; steps < 100; steps++) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    if ((await focused.count()) === 1 && (await target.innerText()) === (await focused.innerText())) {
      await page.keyboard.press('Enter')
      return
    }
  }
  throw new Error(`Tab does not lead to ${name}.`)
}
