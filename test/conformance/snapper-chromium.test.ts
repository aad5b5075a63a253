import { createRequire } from 'node:module'
import { waitFor } from '@carillon/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { openEmbedded, type SnapperNodes } from '../services/snapper.ts'
import { newUser, producer, tokenOf } from '../services/snapper-clients.ts'

/** What the official consumer and what it stands on put into a page's global scope. */
interface InPage {
  Consumer: new () => {
    consumerId: string | null
    connection: { transport: { name: string } } | null
    onmessage(event: { data: { params: string[] } }): void
    connect(url: string, options: object): void
  }
  consumer: InstanceType<InPage['Consumer']>
  heard: string[]
}

const consumerPackage = createRequire(createRequire(import.meta.url).resolve('snapper-consumer'))
const SCRIPTS = ['jsonrpc-lite', 'engine.io-client/engine.io.js', './index.js'].map((name) =>
  consumerPackage.resolve(name),
)

describe.skipIf(!hasChromium)('snapper-consumer in Chromium', () => {
  let browser: Browser
  let nodes: SnapperNodes
  beforeAll(async () => {
    ;[browser, nodes] = await Promise.all([startChromium(), openEmbedded()])
  })
  afterAll(async () => {
    await browser?.close()
    await nodes?.close()
  })

  async function visit(token: string, transports: string[]) {
    const [{ url }] = nodes.pair
    const page = await (await person(browser)).newPage()
    // Any answer of the server will do: from a page that is not really on this machine, browsers do not connect to it.
    await page.goto(`${url}/stats`)
    for (const path of SCRIPTS) await page.addScriptTag({ path })
    await page.evaluate(
      ([to, options]) => {
        const scope = globalThis as unknown as InPage
        scope.heard = []
        scope.consumer = new scope.Consumer()
        const onmessage: typeof scope.consumer.onmessage = ({ data }) => void scope.heard.push(...data.params)
        Object.assign(scope.consumer, { onmessage })
        scope.consumer.connect(to, options)
      },
      [url, { path: '/websocket', token, transports }] as const,
    )
    const state = () =>
      page.evaluate(() => {
        const { consumer, heard } = globalThis as unknown as InPage
        return { id: consumer.consumerId, transport: consumer.connection?.transport.name, heard }
      })
    await expect.poll(async () => (await state()).id).toBeTruthy()
    return { page, state }
  }

  it.each([
    [['polling'], 'polling'],
    [['websocket'], 'websocket'],
    [['polling', 'websocket'], 'websocket'],
  ])('hears over %j what is published to its rooms', async (transports, transport) => {
    const app = nodes.apps[0]!
    const user = newUser()
    const { state } = await visit(tokenOf(app, { userId: user, source: 'web' }), transports)
    const server = producer(nodes.pair[0], app)
    const { id } = await state()
    expect(id).toMatch(/^w\./)
    await server.join('news', id!)
    await server.request('publish', [
      ['news', 'one ☃'],
      [`user${user}`, '{"e":"two"}'],
    ])
    await expect.poll(async () => (await state()).heard).toEqual(['one ☃', '{"e":"two"}'])
    await expect.poll(async () => (await state()).transport).toBe(transport)
    await waitFor(async () => (await nodes.queues.claim({ app: app.id, id: id! })) === null)
  })
})
