import type { App } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import type { Browser, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { post } from '../services/carillon.ts'
import { dial } from '../services/channels-socket.ts'
import { barriersOn, hasChromium, person, problemsOn, sidewaysOn, startChromium } from '../services/chromium.ts'
import { type ConsoleSite, consoleSite, deadPush, EVIL, PUSHER, seedConsole } from '../services/console-site.ts'

const slow = 180_000

const PAGES = [
  '',
  '?span=day',
  '/pushes',
  '/pushers',
  PUSHER,
  `${PUSHER}?sender=sendpager&preference=evil`,
  '/dead',
  '/broadcasts',
  '/templates',
  '/live',
  '/senders',
  '/categories',
  '/categories/evil',
  '/pushes?category=evil',
  '/apps',
  '/apps/1',
  '/audit',
]

describe.skipIf(!hasChromium)('the console in Chromium', { timeout: slow }, () => {
  let browser: Browser
  /** What all tests share that do not stop their server. Each leaves the pushes, senders and apps as they were. */
  let site: ConsoleSite
  let seeds: Awaited<ReturnType<typeof seedConsole>>
  const ends = new AsyncDisposableStack()
  beforeAll(async () => {
    browser = await startChromium([], ['--disable-back-forward-cache'])
    ends.defer(() => browser.close())
    site = await consoleSite({}, (end) => ends.defer(end))
    seeds = await seedConsole(site.url)
  })
  afterAll(() => ends.disposeAsync())

  it('can be read by everybody, wherever, and runs nothing that a stranger wrote', async () => {
    const { url } = site
    const { dead, broadcast } = seeds
    const settings = {
      name: EVIL,
      allowedOrigins: ['*.example.com'],
      webhooks: [{ url: 'https://a/', events: [EVIL] }],
    }
    await changeFirstApp(url, { ...settings, connectHook: `https://a/?${EVIL}` })
    onTestFinished(async () => {
      await changeFirstApp(url, { name: 'first', allowedOrigins: null, webhooks: null, connectHook: null })
    })
    const context = await person(browser)
    const page = await context.newPage()
    const problems = problemsOn(page)
    for (const path of [...PAGES, `/pushes/${dead}`, `/broadcasts/${broadcast}`]) {
      await page.goto(`${url}/console${path}`)
      expect(await barriersOn(page), `barriers on ${path}`).toEqual([])
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
    const { url } = site
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
    await page.getByText('Cancel…').click()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByText('The push is cancelled.').waitFor()
    expect(problems).toEqual([])
  })

  it('shows the secret of an app once', async () => {
    const { url } = site
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
    const { url } = site
    const page = await (await person(browser)).newPage()
    await page.goto(`${url}/console`)
    await page.getByRole('heading', { name: 'Two things stand in the way' }).waitFor()
    await page.getByText('sendpager has no worker that runs it: 1 push waits').waitFor()
    await page.getByRole('link', { name: 'See the dead pushes' }).click()
    await page.getByRole('heading', { name: 'Dead pushes' }).waitFor()
  })

  it('adds a category and changes what a pusher chose, without scripts', async () => {
    const { url } = site
    await post(`${url}/pusher/pushers/`, { pusher: 'hedy', email: 'hedy@example.com' })
    await post(`${url}/pusher/sendmail/add`, { pusher: 'hedy' })
    const context = await browser.newContext({ javaScriptEnabled: false })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(`${url}/console/categories`)
    await page.getByText('New category…').click()
    await page.getByLabel('Name').fill('a b')
    await page.getByLabel('Title').fill('Offers')
    await page.getByLabel('sendfax').check()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('Must be 1 to 64 of').waitFor()
    expect([await page.getByLabel('Title').inputValue(), await page.getByLabel('sendfax').isChecked()]).toEqual([
      'Offers',
      true,
    ])
    await page.getByLabel('Name').fill('offers')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('The category is created.').waitFor()
    await page.goto(`${url}/console/pushers/hedy`)
    await page.getByRole('link', { name: 'Offers' }).click()
    await page.getByLabel('All senders').selectOption('off')
    await page.getByRole('button', { name: 'Save', exact: true }).last().click()
    await page.getByText('The preferences are changed.').waitFor()
    await page.getByRole('row').filter({ hasText: 'Offers' }).getByText('off category').waitFor()
    await page.getByText('Send a test…').click()
    await page.getByLabel('Category').selectOption('offers')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await waitFor(async () => {
      await page.reload()
      return page.getByText('the pusher has switched off the category offers').first().isVisible()
    })
    await page.goto(`${url}/console/categories/offers`)
    await page.getByText('Remove…').click()
    await page.getByText('Calls that name it, or a template of it, are refused from then on.').waitFor()
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The category is removed.').waitFor()
  })

  it('can be worked with the keyboard alone, without scripts', async () => {
    const { url } = site
    const dead = await deadPush(url, 'No paper.')
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
      const done = await page.getByRole('row').allInnerTexts()
      expect(done.slice(0, 4).map((text) => text.split(/\s/, 1)[0])).toEqual([
        'What',
        'push.cancel',
        'push.replay',
        'sender.pause',
      ])
      expect(done.at(-1)).toMatch(/^suppression\.add/)
      const who = page.getByLabel('Who')
      expect([await who.isVisible(), await page.getByText('Filter…').isVisible()]).toEqual([true, false])
      await page.setViewportSize({ width: 375, height: 800 })
      expect(await who.isVisible()).toBe(false)
      await press(page, 'Filter…')
      await who.waitFor()
      await page.setViewportSize({ width: 1280, height: 800 })
      await press(page, 'Senders')
      await press(page, 'Resume sendfax')
      await page.getByText('sendfax is resumed.').waitFor()
    } finally {
      await context.close()
    }
  })

  it('follows a broadcast while it runs, and lets the server stop', async () => {
    const { url, server } = await consoleSite({ RATE_SENDSLOW: '20/s' })
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
    const { url } = site
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

  it('shows a change later to somebody who writes', async () => {
    const page = await (await person(browser)).newPage()
    const isWriting = Promise.withResolvers<void>()
    await page.route('**/console/live-page*', async (route) => {
      await isWriting.promise
      const body = 'event: page\ndata: <p>Changed.</p>\nid: 1\n\nevent: end\ndata:\n\n'
      await route.fulfill({ contentType: 'text/event-stream', body })
    })
    const isSent = page.waitForEvent('requestfinished', (request) => request.url().includes('/live-page'))
    await page.goto(`${site.url}/console/pushes`)
    await page.getByLabel('Pusher').fill('ad')
    isWriting.resolve()
    await isSent
    expect(await page.getByLabel('Pusher').inputValue()).toBe('ad')
    await page.getByLabel('Pusher').blur()
    await page.getByText('Changed.').waitFor()
  })

  it('lists events as they pass, and sends one', async () => {
    const { url } = site
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
    expect(await barriersOn(page), 'live').toEqual([])
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

  it('shows a template while somebody writes it, in a frame that runs and loads nothing', async () => {
    const { url } = site
    const page = await (await person(browser)).newPage()
    const problems = problemsOn(page)
    const loaded: string[] = []
    const note = (request: Request) => loaded.push(new URL(request.url()).host)
    page.on('requestfinished', note)
    // Now and then Chromium tells of a request that the policy has kept it from making
    page.on('requestfailed', (request) => request.failure()?.errorText !== 'csp' && note(request))
    await page.goto(`${url}/console/templates`)
    await page.getByText('There are none yet.').waitFor()
    await page.getByText('New template…').click()
    await page.getByLabel('Name').fill('hello')
    await page.getByLabel('Sender').fill('sendmail')
    await page.getByRole('button', { name: 'Write it' }).click()
    await page.getByText('Not stored yet.').waitFor()
    const html = page.getByRole('textbox', { name: 'HTML' })
    const frame = page.frameLocator('iframe')
    await page.getByLabel('Subject').fill('Hello {{ pusher.nickname }}')
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Hello')
    await page.getByRole('textbox', { name: 'Vars' }).fill('{"shop": "C&A"}')
    await html.fill(`<b style="color: rgb(1, 2, 3)">{{ vars.shop }}</b><img src="https://pictures.example/x.png">
      <script>parent.document.title = document.title = 'evil'</script><a href="/console/apps">out</a>`)
    await frame.getByText('C&A').waitFor()
    await page.getByText('Hello Ada').waitFor()
    expect(await frame.locator('b').evaluate('getComputedStyle(document.querySelector("b")).color')).toBe(
      'rgb(1, 2, 3)',
    )
    await frame.getByText('out').press('Enter')
    await frame.getByText('C&A').waitFor()
    expect([...new Set(loaded)]).toEqual([new URL(url).host])
    await page.getByText('Phone', { exact: true }).click()
    expect(await page.evaluate('document.querySelector("iframe").offsetWidth')).toBe(375)
    expect(await barriersOn(page)).toEqual([])

    await html.fill('<p>\n  {{ vars.shop | shout }}</p>')
    await page.getByText('line 2, column 3: there is no filter').waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'HTML: Is not a valid template: line 2, column 3' }).click()
    expect(await html.inputValue()).toBe('<p>\n  {{ vars.shop | shout }}</p>')
    await html.fill('<p>One</p>')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Version 1 is stored.').waitFor()
    await html.fill('<p>Two</p>')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Version 2 is stored.').waitFor()
    await page.getByRole('link', { name: 'Changes from version 1 to 2' }).click()
    await page.locator('ins').getByText('<p>Two</p>').waitFor()
    await page.setViewportSize({ width: 320, height: 800 })
    expect([await barriersOn(page), await sidewaysOn(page)]).toEqual([[], 0])
    await page.getByRole('link', { name: 'hello' }).click()
    for (const width of [320, 768, 1440]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await sidewaysOn(page), `editor ${width}`).toBeLessThanOrEqual(0)
    }
    await page.getByText('Roll back…').click()
    await page.getByRole('button', { name: 'Roll back to version 1' }).click()
    await page.getByText('Version 3 is stored.').waitFor()
    expect(await html.inputValue()).toBe('<p>One</p>')
    await page.getByText('Send a test…').click()
    await page.locator('#test-pusher').fill(EVIL)
    await page.getByRole('button', { name: 'Send the stored version' }).click()
    await page.getByRole('heading', { name: 'sendmail to' }).waitFor()
    await waitFor(async () => {
      await page.reload()
      return page.getByRole('listitem').filter({ hasText: 'Sent' }).isVisible()
    })
    expect(problems.filter((text) => !/422|Content Security Policy|sandboxed/.test(text))).toEqual([])
    expect(await page.title()).not.toBe('evil')
  })

  it('previews and removes a template without scripts', async () => {
    const { url } = site
    const context = await browser.newContext({ javaScriptEnabled: false })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(`${url}/console/templates/footer?sender=partial`)
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('<b>{{ app.name }}</b>')
    await page.getByText('Dark', { exact: true }).click()
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.frameLocator('iframe').getByText('first').waitFor()
    expect(await page.getByRole('radio', { name: 'Dark' }).isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Version 1 is stored.').waitFor()
    await page.getByText('Remove…').click()
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The text is removed.').waitFor()
  })

  it('lets in who has an account, and a viewer only reads', async () => {
    const admin = { ADMIN_ACCOUNT: 'ops', ADMIN_PASSWORD: 'correct horse' }
    const viewer = { VIEWER_ACCOUNT: 'guest', VIEWER_PASSWORD: 'battery staple' }
    const { url } = await consoleSite({ APP_KEY: 'demo', APP_SECRET: 's3cret', ...admin, ...viewer })
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
  const app = await changeFirstApp(url, { addSecret: '' })
  return { ...app, secrets: app.secrets.slice(-1) }
}

async function changeFirstApp(url: string, change: object): Promise<App> {
  const response = await fetch(`${url}/v1/apps/1`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { app: App }).app
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
