import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PushHistory } from '@carillon/contract'
import { createClient } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, usedFolder } from '../services/carillon.ts'
import { certificate } from '../services/certificates.ts'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { allowPush, clickOn, deliver, shownOn } from '../services/notified-page.ts'
import { pushService } from '../services/push-service.ts'
import { pushSite } from '../services/push-site.ts'
import { type Subscriber, subscriber } from '../services/subscriber.ts'

const slow = 180_000

/** A server whose browsers have a push service on HTTPS, which answers each path as told. */
async function open(answers: Record<string, number[]>, settings: Record<string, string> = {}) {
  const folder = await usedFolder()
  const ca = await certificate({ host: 'IP:127.0.0.1' })
  await writeFile(join(folder, 'ca.pem'), ca.cert)
  const service = await pushService(({ url = '' }, response) => {
    response.writeHead(answers[url]?.shift() ?? 201, { 'retry-after': '1' }).end()
  }, ca)
  const env = { ALLOW_PRIVATE_HOOKS: '1', NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), ...settings }
  const server = await carillon(['start', '--port', '0'], env, folder)
  const url = await addressOf(server)
  const client = createClient({ url })
  onTestFinished(() => client.close())
  await client.addPusher('lupino', { nickname: 'Lupino' })
  await client.addSender('sendpush', 'lupino')
  const addresses = `${url}/v1/pushers/lupino/addresses`
  return {
    service,
    server,
    url,
    token: () => client.requestUserToken('lupino'),
    /** A browser of lupino's. */
    async subscribe(path: string): Promise<Subscriber> {
      const made = subscriber(service.origin + path)
      const body = JSON.stringify({ kind: 'webpush', subscription: made.subscription })
      const headers = { 'content-type': 'application/json' }
      expect((await fetch(addresses, { method: 'PUT', headers, body })).status).toBe(200)
      return made
    },
    /** Resolves once the push is sent. */
    async push(data: object): Promise<PushHistory> {
      await client.push('sendpush', 'lupino', JSON.stringify(data))
      const { id } = (await client.getPushes({ pusher: 'lupino' }))[0]!
      return waitFor(
        async () => {
          const push = (await client.getPush(id))!
          return push.state === 'sent' && push
        },
        { timeout: 60_000 },
      )
    },
    async addresses() {
      const answer = await fetch(addresses)
      return ((await answer.json()) as { addresses: object[] }).addresses
    },
  }
}

describe('a push to browsers', () => {
  it(
    'reaches each once, tries again only the one that was busy, and removes the one that is gone',
    async () => {
      const { service, server, subscribe, push, addresses } = await open({
        '/gone-secret': [410],
        '/busy-secret': [503, 503],
      })
      const good = await subscribe('/good-secret')
      const busy = await subscribe('/busy-secret')
      await subscribe('/gone-secret')
      const sent = await push({ title: 'Hello {{ pusher.nickname }}' })
      const calls = (path: string) => service.received.filter(({ url }) => url === path)
      expect(['/good-secret', '/busy-secret', '/gone-secret'].map((path) => calls(path).length)).toEqual([1, 3, 1])
      for (const [path, browser] of [
        ['/good-secret', good],
        ['/busy-secret', busy],
      ] as const)
        expect(JSON.parse(browser.decrypt(calls(path)[0]!.body))).toMatchObject({ title: 'Hello Lupino', tag: sent.id })
      expect(await addresses()).toHaveLength(2)
      const results = sent.timeline.flatMap((event) => event.addresses ?? []).map(({ outcome }) => outcome)
      expect(results.toSorted()).toEqual(['failed', 'failed', 'removed', 'sent', 'sent'])
      for (const text of [JSON.stringify(sent), server.said()]) {
        expect(text).not.toMatch(/(good|busy|gone)-secret/)
        expect(text).not.toContain(good.subscription.keys.auth)
      }
    },
    slow,
  )
})

describe('the keys for Web Push', () => {
  it(
    'are made at the first start, and kept',
    async () => {
      const folder = await usedFolder()
      const keyOf = async () => {
        const server = await carillon(['start', '--port', '0'], {}, folder)
        const url = await addressOf(server)
        const client = createClient({ url })
        onTestFinished(() => client.close())
        await client.addPusher('lupino')
        const headers = { authorization: `Bearer ${await client.requestUserToken('lupino')}` }
        const { key } = (await (await fetch(`${url}/v1/me/push-key`, { headers })).json()) as { key: string }
        await server.stop('SIGTERM')
        return key
      }
      const made = await keyOf()
      expect(Buffer.from(made, 'base64url')).toHaveLength(65)
      expect(await keyOf()).toBe(made)
    },
    slow,
  )

  it(
    'stop the start with a sentence if Apple would refuse their contact',
    async () => {
      const env = { VAPID_SUBJECT: 'mailto:ops@localhost' }
      const server = await carillon(['start', '--port', '0'], env, await usedFolder())
      expect(await server.exit()).toBe(1)
      expect(server.said()).toContain(
        'VAPID_SUBJECT: must contain a host that everybody can look up, such as example.com: Apple refuses localhost',
      )
    },
    slow,
  )
})

describe.skipIf(!hasChromium)('a push to a browser, in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())

  it(
    'is shown by the service worker of a page of another origin, which has subscribed it, and opens its url',
    async () => {
      const { origin } = await pushSite(() => ({ json: {} }))
      const { service, url, token, push } = await open({}, { ALLOWED_ORIGINS: origin })
      const context = await person(browser)
      const ada = subscriber(`${service.origin}/ada`)
      await allowPush(context, origin, ada.subscription)
      const page = await context.newPage()
      await page.goto(`${origin}/`)
      const options = JSON.stringify({ url, token: await token() })
      const call = (name: string) => page.evaluate(`import('/push.js').then((push) => push.${name}(${options}))`)
      const [worker] = await Promise.all([context.waitForEvent('serviceworker'), call('subscribePush')])

      await push({
        title: 'Order 7',
        body: 'For {{ pusher.nickname }}',
        icon: '/icon.png',
        url: '/orders/7',
        collapse: 'o-7',
      })
      await deliver(page, ada.decrypt(service.received[0]!.body))
      await expect
        .poll(() => shownOn(page))
        .toMatchObject([{ title: 'Order 7', body: 'For Lupino', tag: 'o-7', icon: `${origin}/icon.png` }])
      expect(await clickOn(worker, 'Order 7')).toEqual([`open ${origin}/orders/7`])
      expect(await call('unsubscribePush')).toBe(true)
    },
    slow,
  )
})
