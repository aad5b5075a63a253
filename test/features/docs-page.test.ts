import { createApi } from '@carillon/api'
import { listen } from '@carillon/http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { fakeParts } from '../../apps/api/test/fakes.ts'
import { barriersOn, hasChromium, problemsOn, sidewaysOn, startChromium } from '../services/chromium.ts'

/** A look at a page of this size takes the browser many seconds on a busy machine. */
const slow = 120_000

describe.skipIf(!hasChromium)('/docs in Chromium', { timeout: slow }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())

  async function open(colorScheme: 'light' | 'dark', width: number): Promise<Page> {
    const listening = await listen(createApi(fakeParts({ open: false })), { host: '127.0.0.1', port: 0 })
    onTestFinished(() => listening.close(0))
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } })
    onTestFinished(() => page.close())
    const problems = problemsOn(page)
    onTestFinished(() => expect(problems).toEqual([]))
    await page.goto(`http://127.0.0.1:${listening.port}/docs`)
    return page
  }

  it.each([
    ['light', 320],
    ['dark', 1600],
  ] as const)('can be read by everybody: %s, %i pixels wide', async (colorScheme, width) => {
    const page = await open(colorScheme, width)
    for (const language of ['curl', 'TypeScript', 'Python']) {
      await page.getByText(language, { exact: true }).first().click()
      expect(await sidewaysOn(page)).toBe(0)
    }
    expect(await barriersOn(page)).toEqual([])
  })

  it('shows the language that is chosen, also on the next visit', async () => {
    const page = await open('light', 1600)
    const call = page.getByRole('article', { name: 'Create a pusher' })
    expect(await call.innerText()).toContain('call POST /pusher/pushers/')
    await page.getByText('Python', { exact: true }).click()
    expect(await call.innerText()).toContain("print(call('POST', '/pusher/pushers/'")
    expect(await call.innerText()).not.toContain('call POST')
    await page.reload()
    expect(await call.innerText()).toContain("print(call('POST', '/pusher/pushers/'")
  })

  it('has contents that lead to each call, behind a button on a phone', async () => {
    const page = await open('light', 360)
    const link = page.getByRole('navigation').getByRole('link', { name: 'Search pushers' })
    expect(await link.isVisible()).toBe(false)
    await page.getByText('Contents', { exact: true }).click()
    await link.click()
    await page.getByRole('navigation').waitFor({ state: 'hidden' })
    expect(page.url()).toMatch(/#get-pusher-search$/)
    await expect.poll(() => page.getByRole('heading', { name: 'Search pushers' }).isVisible()).toBe(true)
  })
})
