import { randomBytes } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { waitFor } from '@carillon/testkit'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { trigger } from '../services/channels-socket.ts'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { encrypt, type Person } from '../services/pusher-js.ts'
import { hears, pusherJsPage, signIn, subscribe, trigger as triggerOn } from '../services/pusher-js-page.ts'
import { appWith, type RealtimeNode, startInMemory } from '../services/realtime.ts'

const app = appWith({ clientEvents: true })

describe.skipIf(!hasChromium)('pusher-js in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())

  const start = async () => (await startInMemory({ apps: [app] })).pair[0]
  const visit = async (node: RealtimeNode, who?: Person) => pusherJsPage(await person(browser), node, app, who)

  it('hears public, private and encrypted channels', async () => {
    const node = await start()
    const masterKey = randomBytes(32)
    const page = await visit(node, { masterKey })
    for (const channel of ['news', 'private-news', 'private-encrypted-news']) {
      await subscribe(page, channel)
      await hears(page, `${channel} pusher:subscription_succeeded`)
      const text = JSON.stringify({ on: channel, snow: '☃' })
      const data = channel.startsWith('private-encrypted-') ? encrypt(channel, masterKey, text) : text
      await trigger(node, app, { channel, data })
      await hears(page, `${channel} news ${text}`)
    }
  })

  it('knows who is present, and hears their client events', async () => {
    const node = await start()
    const ada = await visit(node, { member: { user_id: 'ada' } })
    const bob = await visit(node, { member: { user_id: 'bob', user_info: { name: 'Bob' } } })
    for (const page of [ada, bob]) {
      await subscribe(page, 'presence-room')
      await hears(page, 'presence-room pusher:subscription_succeeded')
    }
    await hears(ada, 'presence-room pusher:member_added {"id":"bob","info":{"name":"Bob"}}')
    await triggerOn(bob, 'presence-room', 'client-wave', { n: 1 })
    await hears(ada, 'presence-room client-wave {"n":1}')
    await bob.close()
    await hears(ada, 'presence-room pusher:member_removed {"id":"bob","info":{"name":"Bob"}}')
  })

  it('signs in, and hears what is for its user alone', async () => {
    const node = await start()
    const page = await visit(node, { user: { id: 'ada' } })
    await signIn(page)
    await hears(page, 'user pusher:signin_success')
    await waitFor(() => node.hub.users.notify(app.id, 'ada', { event: 'hello', data: { n: 1 } }, 10_000))
    await hears(page, 'user hello {"n":1}')
  })

  it('comes back by itself, and is on its channels again', async () => {
    const node = await start()
    const page = await visit(node)
    await subscribe(page, 'news')
    await hears(page, 'news pusher:subscription_succeeded')
    await node.restart()
    await hears(page, 'news pusher:subscription_succeeded', 2)
    await trigger(node, app, { channel: 'news', data: '{"n":2}' })
    await hears(page, 'news news {"n":2}')
  })
})
