import type { PushRecord } from '@carillon/contract'
import { createClient } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, post, usedFolder } from '../services/carillon.ts'
import { allowPush, deliver, shownOn } from '../services/notified-page.ts'
import { pushService } from '../services/push-service.ts'
import { subscriber } from '../services/subscriber.ts'
import { barriersOn, hasChromium, person, problemsOn, sidewaysOn, startChromium } from '../services/chromium.ts'

const slow = 180_000

describe.skipIf(!hasChromium)('the demo page in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())

  /** A server as a developer starts it, and a tab that is signed in. */
  async function open() {
    const url = await addressOf(await carillon(['start', '--port', '0'], {}, await usedFolder()))
    const as = async (who: string, context?: BrowserContext) => {
      const page = await (context ?? (await person(browser))).newPage()
      await page.goto(`${url}/demo`)
      await signIn(page, who)
      return page
    }
    const push = async (pusher: string, event: string) => {
      const data = JSON.stringify({ event, data: { n: 1 } })
      expect(await post(`${url}/pusher/sendrealtime/push`, { pusher, data })).toMatchObject({ status: 200 })
    }
    return { url, as, push }
  }

  it(
    'makes a pusher who hears its pushes in every tab, and sees who else is there',
    async () => {
      const { url, as, push } = await open()
      const adas = await person(browser)
      const tabs = [await as('ada', adas), await as('ada', adas)]
      const bob = await as('bob')
      const problems = [...tabs, bob].map(problemsOn)
      for (const page of [...tabs, bob]) await seesHere(page, ['ada', 'bob'])

      await push('ada', 'by-http')
      for (const tab of tabs) await hears(tab, 'by-http')

      await bob.getByLabel('To').fill('ada')
      await bob.getByLabel('Event').fill('by-bob')
      await bob.getByLabel('Data, as JSON').fill('{"html":"<b>text</b>"}')
      await bob.getByRole('button', { name: 'Push' }).click()
      await hears(tabs[0]!, 'by-bob')
      expect(await tabs[0]!.getByRole('list', { name: 'Heard' }).textContent()).toContain('<b>text</b>')
      expect(await bob.locator('#command').textContent()).toContain(`curl ${url}/pusher/sendrealtime/push`)
      expect(await heard(bob)).toEqual([])

      await bob.getByRole('button', { name: 'Sign out' }).click()
      for (const tab of tabs) await seesHere(tab, ['ada'])
      await tabs[1]!.close()
      await seesHere(tabs[0]!, ['ada'])
      expect(problems.flat()).toEqual([])
    },
    slow,
  )

  it(
    'rings the browser, says whether that worked, and stops when the person leaves',
    async () => {
      const answers = [201, 403]
      const service = await pushService((_, response) => response.writeHead(answers.shift() ?? 201).end())
      const server = await carillon(['start', '--port', '0'], { ALLOW_PRIVATE_HOOKS: '1' }, await usedFolder())
      const url = await addressOf(server)
      const subscribed = subscriber(`${service.origin}/ada`)
      const context = await person(browser)
      await allowPush(context, url, subscribed.subscription)
      const page = await context.newPage()
      const problems = problemsOn(page)
      await page.goto(`${url}/demo`)
      await signIn(page, 'ada')
      await page.getByRole('button', { name: 'Ring this browser' }).click()
      await page.getByText('This browser rings for ada.').waitFor()

      await page.getByRole('button', { name: 'Ring now' }).click()
      await page.getByText('Sent: ada_').waitFor()
      await deliver(page, subscribed.decrypt(service.received[0]!.body))
      const notification = { title: 'It rings', body: 'Hello ada, this is Carillon.' }
      await expect.poll(() => shownOn(page)).toMatchObject([notification])
      await hears(page, 'It rings')

      await page.getByRole('button', { name: 'Ring now' }).click()
      await page.getByText(/^Not sent yet: .* answered 403: it does not accept the VAPID keys/).waitFor()
      expect(await page.locator('#ring-command').textContent()).toContain(`curl ${url}/pusher/sendpush/push`)
      expect(await barriersOn(page)).toEqual([])
      await page.setViewportSize({ width: 320, height: 700 })
      expect(await sidewaysOn(page)).toBe(0)

      await page.reload()
      await page.getByText('This browser rings for ada.').waitFor()
      const addresses = async () => {
        const answer = await fetch(`${url}/v1/pushers/ada/addresses`)
        return ((await answer.json()) as { addresses: object[] }).addresses
      }
      expect(await addresses()).toHaveLength(1)

      await waitFor(async () => service.received.length === 3, { timeout: 60_000 }) // the push that was refused is sent
      answers.push(410)
      await page.getByRole('button', { name: 'Ring now' }).click()
      await page.getByText(/^Not sent: .* answered 410, so the address was removed$/).waitFor()
      await page.getByRole('button', { name: 'Ring now' }).waitFor({ state: 'hidden' })
      expect(await addresses()).toEqual([])
      await page.getByRole('button', { name: 'Ring this browser' }).click()
      await page.getByText('This browser rings for ada.').waitFor()
      expect(await addresses()).toHaveLength(1)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await expect.poll(addresses).toEqual([])
      expect(problems).toEqual([expect.stringContaining('404')]) // the address that was removed cannot be removed again
    },
    slow,
  )

  it(
    'says why the browser cannot be rung',
    async () => {
      const { url, as } = await open()
      const blocked = await person(browser)
      await blocked.addInitScript("Object.defineProperty(Notification, 'permission', { value: 'denied' })")
      const page = await as('ada', blocked)
      await page.getByText('Notifications of this page are blocked.').waitFor()
      expect(await page.getByRole('button', { name: 'Ring this browser' }).isVisible()).toBe(false)

      const old = await person(browser)
      await old.addInitScript('delete globalThis.PushManager')
      await (await as('bob', old)).getByText('Notifications need a browser with Web Push').waitFor()

      const away = await person(browser)
      await allowPush(away, url, subscriber('https://push.example.com/1').subscription)
      const eve = await as('eve', away)
      const held = Promise.withResolvers<void>()
      await eve.route('**/v1/me/**', (route) => held.promise.then(() => route.abort()))
      const start = eve.getByRole('button', { name: 'Ring this browser' })
      await start.click()
      await eve.getByText('Subscribing at the push service of this browser.').waitFor()
      expect(await start.isDisabled()).toBe(true)
      held.resolve()
      await eve.getByText('The server does not answer.').waitFor()
      expect(await start.isEnabled()).toBe(true)
    },
    slow,
  )

  it(
    'says why the server ended the connection',
    async () => {
      const { url, as } = await open()
      const body = '{"allowedOrigins":["https://shop.example.com"]}'
      const headers = { 'content-type': 'application/json' }
      expect((await fetch(`${url}/v1/apps/1`, { method: 'PATCH', headers, body })).status).toBe(200)
      const page = await as('ada')
      const status = 'Disconnected as ada: Pages of this origin may not connect to this app.'
      await waitFor(async () => (await page.locator('#status').textContent()) === status)
    },
    slow,
  )

  it(
    'hears at once, on return, what was pushed meanwhile',
    async () => {
      const { url, as, push } = await open()
      const page = await as('ada')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await push('ada', 'missed')
      const pushed = async () => {
        const response = await fetch(`${url}/v1/pushes?pusher=ada`)
        return ((await response.json()) as { pushes: PushRecord[] }).pushes[0]!
      }
      // By now it is tried seldom enough that its next try could not be mistaken for the answer to her return.
      const isSeldom = (one: PushRecord) => one.attempt >= 3 && one.state === 'waiting' && one
      const waiting = await waitFor(async () => isSeldom(await pushed()), { timeout: 60_000 })
      expect(waiting.reason).toBe('nobody is online')
      await signIn(page, 'ada')
      await hears(page, 'missed')
      await expect.poll(async () => (await pushed()).state).toBe('sent')
      expect((await pushed()).finishedAt).toBeLessThan(waiting.dueAt)
    },
    slow,
  )

  it(
    'signs by itself where a key is set, says what waits, and can be used by everybody',
    async () => {
      const env = { APP_KEY: 'demo', APP_SECRET: 's3cret' }
      const server = await carillon(['start', '--port', '0'], env, await usedFolder())
      const url = await addressOf(server)
      const ada = await person(browser)
      const page = await ada.newPage()
      const problems = problemsOn(page)
      await page.goto(`${url}/demo`)
      expect(await page.getByLabel('Who are you?').inputValue()).toBe('lupino')
      await page.getByLabel('Key', { exact: true }).fill('demo')
      await page.getByLabel('Secret').fill('s3cret')
      await signIn(page, 'ada')
      await seesHere(page, ['ada'])

      await page.getByRole('button', { name: 'Push' }).click()
      await page.getByText('Delivered to ada').waitFor()
      await hears(page, 'hello')
      expect(await page.locator('#command').textContent()).toContain(
        `npx carillon curl POST ${url}/pusher/sendrealtime/push \\\n  -d 'pusher=ada'`,
      )
      const client = createClient({ url, key: 'demo', secret: 's3cret' })
      onTestFinished(() => client.close())
      await client.addPusher('bob')
      await client.addSender('sendrealtime', 'bob')
      await page.getByLabel('To').fill('bob')
      await page.getByRole('button', { name: 'Push' }).click()
      await page.getByText('bob is not connected. The push waits until they connect').waitFor()

      expect(await barriersOn(page)).toEqual([])
      await page.setViewportSize({ width: 320, height: 700 })
      expect(await sidewaysOn(page)).toBe(0)
      expect(problems).toEqual([])

      expect(await page.locator('#here').getAttribute('class')).toBe('')
      await server.stop('SIGKILL')
      await page.getByText('Nobody can be seen while this page is not connected.').waitFor()
      expect(await page.locator('#here').getAttribute('class')).toBe('unknown')
    },
    slow,
  )
})

async function signIn(page: Page, who: string): Promise<void> {
  await page.getByLabel('Who are you?').fill(who)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText(`Connected as ${who}`).waitFor()
}

async function hears(page: Page, event: string): Promise<void> {
  await page.getByRole('heading', { name: event }).waitFor()
}

function seesHere(page: Page, ids: string[]): Promise<void> {
  const list = page.getByRole('list', { name: 'Here now' }).getByRole('listitem')
  return expect.poll(() => list.allTextContents()).toEqual(ids)
}

function heard(page: Page): Promise<string[]> {
  return page.getByRole('list', { name: 'Heard' }).getByRole('listitem').allTextContents()
}
