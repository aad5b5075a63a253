import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { hears, inPage, plays, publishCamera, sessionPage } from '../services/session-page.ts'
import { joins, startInMemory } from '../services/sessions.ts'

describe.skipIf(!hasChromium)('a session in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
  })
  afterAll(() => browser?.close())

  it('two pages see each other', async () => {
    const { pair, session } = await startInMemory({ ice: { urls: [], ttl: 60 } })
    const ann = await sessionPage(await person(browser), pair[0], session)
    const annsStream = await publishCamera(ann)
    const bob = await sessionPage(await person(browser), pair[0], session)
    const bobsStream = await publishCamera(bob)
    await Promise.all([plays(ann, bobsStream), plays(bob, annsStream)])
  })
})
