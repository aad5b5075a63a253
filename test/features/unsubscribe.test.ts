import { type HttpServer, listen } from '@carillon/http'
import { waitFor } from '@carillon/testkit'
import { type SentLink, unsubscribeKey, unsubscribeLinks } from '@carillon/unsubscribe'
import type { ChoiceChange, PushStateName } from '@carillon/contract'
import { createApi, type Services } from 'carillon'
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Backend, openServers } from '../integration/backends.ts'
import { bell, newName, work } from '../integration/bells.ts'
import { barriersOn, hasChromium, problemsOn, sidewaysOn, startChromium } from '../services/chromium.ts'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'

const ONE_CLICK = 'List-Unsubscribe=One-Click'

describe.skipIf(!hasPostgres || !hasRedis)('the links with which people unsubscribe', () => {
  let backend: Backend
  let api: HttpServer
  let another: HttpServer
  /** A pusher of its own for each test, with a name that its categories and its sender share. */
  let name: string

  beforeAll(async () => {
    backend = await openServers()
    const serve = async (services: Services) =>
      listen(await createApi(services, { key: 'demo', secret: 's3cret' }), { host: '127.0.0.1', port: 0 })
    api = await serve(backend.services)
    another = await serve(await backend.connectAnother())
    await backend.services.store.apps.change(1, { name: 'Books' })
  })
  afterAll(async () => {
    await api?.close(0)
    await another?.close(0)
    await backend?.close()
  })

  const services = () => backend.services
  const preferences = () => services().store.preferences
  const categories = () => services().store.categories
  const addressOf = (pusher: string) => `${pusher}@example.com`

  beforeEach(async () => {
    name = newName()
    const fields = { email: addressOf(name) }
    await services().pushers.set(1, name, { addSenders: [name, 'sendsms'], fields }, true)
    for (const [category, title] of [
      [name, 'News'],
      [`${name}-offers`, 'Offers'],
    ] as const)
      await categories().put(1, { name: category, title, description: 'Weekly', required: false, default: {} })
  })

  afterEach(async () => {
    for (const { name: category } of await categories().list(1)) await categories().remove(1, category)
  })

  async function linkTo(link: Partial<SentLink> = {}, { port } = api): Promise<string> {
    const links = unsubscribeLinks(await unsubscribeKey(services().store.sharedValues))
    const sent = { app: 1, pusher: name, category: name, sender: name, address: addressOf(name) }
    return `http://127.0.0.1:${port}/u/${links.sign({ ...sent, ...link })}`
  }

  const click = (url: string, body: URLSearchParams | FormData = new URLSearchParams(ONE_CLICK)) =>
    fetch(url, { method: 'POST', body, redirect: 'manual' })

  const chosen = (changes: Partial<ChoiceChange>[]) =>
    preferences().change(
      1,
      name,
      changes.map((change) => ({ category: null, sender: null, value: 'on', ...change })),
    )

  /** How pushes end that are sent now, one for each category; null: it has none. */
  async function ends(...of: (string | null)[]): Promise<PushStateName[]> {
    const worker = await work(services(), [bell(name)])
    onTestFinished(() => worker.stop())
    const push = (category: string | null) =>
      services()
        .api(1)
        .push(name, name, randomBytes(8).toString('hex'), category === null ? {} : { category })
    const pushed = await Promise.all(of.map(push))
    const stateOf = async (one: string) => {
      const newest = await services().store.history.list(1, { pusher: name, sender: name, size: 20 })
      return newest.find(({ name: known, finishedAt }) => known === one && finishedAt !== null)?.state
    }
    return Promise.all(pushed.map((one) => waitFor(() => stateOf(one))))
  }

  it('stop mail of a category by one click, in either encoding, whatever was chosen before', async () => {
    await chosen([{ category: name }, { category: name, sender: name }, { category: `${name}-offers`, sender: name }])
    expect(await ends(name, `${name}-offers`)).toEqual(['sent', 'sent'])
    const form = new FormData()
    form.set('List-Unsubscribe', 'One-Click')
    const answer = await click(await linkTo(), form)
    expect(answer.status).toBe(200)
    expect(answer.redirected).toBe(false)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(await ends(name, `${name}-offers`, null)).toEqual(['skipped', 'sent', 'sent'])
    const once = await preferences().find(1, name)
    expect((await click(await linkTo())).status).toBe(200)
    expect(await preferences().find(1, name)).toEqual(once)
  })

  it('are signed alike by all processes', async () => {
    expect((await click(await linkTo({}, another))).status).toBe(200)
    expect(await preferences().find(1, name)).toEqual([{ category: name, sender: null, value: 'off' }])
  })

  it('change nothing when they are only opened, however often', async () => {
    const url = await linkTo()
    const opened = await Promise.all(Array.from({ length: 50 }, () => fetch(url)))
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
    expect(await preferences().find(1, name)).toEqual([])
  })

  it('are worth nothing once a byte is changed', async () => {
    const url = await linkTo()
    const start = url.lastIndexOf('/') + 1
    for (let at = start; at < url.length; at += 7) {
      const other = url[at] === 'A' ? 'B' : 'A'
      expect((await click(url.slice(0, at) + other + url.slice(at + 1))).status).toBe(404)
    }
    for (const other of [`${url}A`, `${url}%3D`, `${url}/x`, url.slice(0, -1)])
      expect((await click(other)).status).toBe(404)
    expect(await preferences().find(1, name)).toEqual([])
  })

  it('still work when the pusher has moved to another address', async () => {
    await services().pushers.set(1, name, { fields: { email: 'new@example.com' } }, false)
    const page = await (await fetch(await linkTo())).text()
    expect(page).not.toContain('@example.com')
    expect((await click(await linkTo())).status).toBe(200)
    expect(await ends(name)).toEqual(['skipped'])
  })

  it('say to a pusher who was erased that nothing more will come', async () => {
    const url = await linkTo()
    await services().api(1).removePusher(name)
    const answer = await click(url)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('You will get no more messages.')
    expect(await preferences().find(1, name)).toEqual([])
  })

  it('do not switch off a category that has become required', async () => {
    await categories().put(1, { name, title: 'News', description: '', required: true, default: {} })
    const answer = await click(await linkTo())
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('“News” cannot be switched off.')
    expect(await preferences().find(1, name)).toEqual([])
    expect(await ends(name)).toEqual(['sent'])
  })

  it('switch off a category that was removed, also once it is there again', async () => {
    await categories().remove(1, name)
    expect((await click(await linkTo())).status).toBe(200)
    await categories().put(1, { name, title: 'News', description: '', required: false, default: {} })
    expect(await ends(name)).toEqual(['skipped'])
  })

  it('of no category switch off everything optional through their sender', async () => {
    await chosen([{ category: name }, { category: `${name}-offers`, sender: name }])
    expect((await click(await linkTo({ category: null }))).status).toBe(200)
    expect(await ends(name, `${name}-offers`, null)).toEqual(['skipped', 'skipped', 'sent'])
  })

  it('refuse a body that is too large or breaks off, and change nothing', async () => {
    const url = await linkTo()
    expect((await click(url, new URLSearchParams({ x: 'x'.repeat(200_000) }))).status).toBe(413)
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const broken = request(url, { method: 'POST', headers: { 'content-length': 100 } }).on('error', () => resolve())
    broken.write(ONE_CLICK, () => broken.destroy())
    await closed
    expect(await preferences().find(1, name)).toEqual([])
  })

  describe.skipIf(!hasChromium)('in Chromium, without scripts', { timeout: 120_000 }, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await startChromium()
    })
    afterAll(() => browser?.close())

    interface OpenOptions {
      width?: number
      colorScheme?: 'light' | 'dark'
      scripts?: boolean
    }

    async function open(url: string, { width = 360, colorScheme = 'light', scripts = false }: OpenOptions = {}) {
      const context = await browser.newContext({
        javaScriptEnabled: scripts,
        colorScheme,
        viewport: { width, height: 800 },
      })
      onTestFinished(() => context.close())
      const page = await context.newPage()
      const problems = problemsOn(page)
      onTestFinished(() => expect(problems).toEqual([]))
      await page.goto(url)
      return page
    }

    const press = (page: Page, label: string) => page.getByRole('button', { name: label, exact: true }).click()
    const headingOf = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()

    it('people unsubscribe, undo it, choose, and leave everything', async () => {
      const page = await open(await linkTo())
      expect(await headingOf(page)).toBe('Unsubscribe from “News”?')
      await press(page, 'Unsubscribe')
      expect(await headingOf(page)).toBe('You have unsubscribed from “News”.')
      expect(await preferences().find(1, name)).toEqual([{ category: name, sender: null, value: 'off' }])
      await press(page, 'Undo')
      expect(await headingOf(page)).toBe('Your earlier choices are back.')
      expect(await preferences().find(1, name)).toEqual([])

      await page.goBack()
      expect(await headingOf(page)).toBe('Unsubscribe from “News”?')
      await page.goForward()
      expect(await headingOf(page)).toBe('Your earlier choices are back.')

      const news = page.getByRole('group', { name: 'News' })
      await news.getByLabel('SMS').uncheck()
      await press(page, 'Save choices')
      expect(await headingOf(page)).toBe('Your choices have been saved.')
      expect(await preferences().find(1, name)).toEqual([{ category: name, sender: 'sendsms', value: 'off' }])
      expect(await news.getByLabel('SMS').isChecked()).toBe(false)

      await press(page, 'Unsubscribe from all optional messages')
      expect(await headingOf(page)).toBe('You have unsubscribed from all optional messages.')
      expect(await ends(name, `${name}-offers`)).toEqual(['skipped', 'skipped'])

      await page.goto(await linkTo())
      expect(await headingOf(page)).toBe('You are not subscribed to “News”.')
      await press(page, 'Subscribe again')
      expect(await headingOf(page)).toBe('You are subscribed to “News” again.')
      expect(await ends(name, `${name}-offers`)).toEqual(['sent', 'skipped'])
    })

    it.each([
      ['light', 320, 'de'],
      ['dark', 1440, 'ar'],
    ] as const)('the page can be read by everybody: %s, %i pixels wide, in %s', async (colorScheme, width, locale) => {
      await services().pushers.set(1, name, { fields: { locale } }, false)
      const page = await open(await linkTo(), { width, colorScheme, scripts: true })
      expect(await page.getAttribute('html', 'lang')).toBe(locale)
      expect(await sidewaysOn(page)).toBe(0)
      expect(await barriersOn(page)).toEqual([])
    })
  })
})
