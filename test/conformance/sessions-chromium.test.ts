import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { hears, inPage, plays, publishCamera, sessionPage } from '../services/session-page.ts'
import { app, joins, startInMemory } from '../services/sessions.ts'

describe.skipIf(!hasChromium)('a session in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
  })
  afterAll(() => browser?.close())

  const start = () => startInMemory({ ice: { urls: [], ttl: 60 } })

  it('two pages see each other, a muted one is silent, and who leaves is gone', async () => {
    const { pair, session } = await start()
    const ann = await sessionPage(await person(browser), pair[0], session)
    const annsStream = await publishCamera(ann)
    const bob = await sessionPage(await person(browser), pair[0], session)
    const bobsStream = await publishCamera(bob)
    await Promise.all([plays(ann, bobsStream), plays(bob, annsStream)])

    expect(await inPage(ann, ({ mine }) => mine.media!.getAudioTracks().map(({ enabled }) => enabled))).toEqual([true])
    await pair[0].rooms.mute(app.id, session, annsStream)
    await hears(ann, `muteForced ${annsStream}`)
    await hears(bob, 'streamChanged false')
    expect(await inPage(ann, ({ mine }) => mine.media!.getAudioTracks().map(({ enabled }) => enabled))).toEqual([false])
    await plays(bob, annsStream)

    await ann.close()
    await hears(bob, `streamDestroyed ${annsStream}`)
    expect(await inPage(bob, ({ session: joined }) => joined.streams)).toEqual([])
  })

  it('publishes again and is seen again after the connection was lost', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [
      await sessionPage(await person(browser), pair[0], session),
      await sessionPage(await person(browser), pair[0], session, 'subscriber'),
    ]
    const before = await publishCamera(ann)
    await plays(bob, before)
    await pair[0].restart()
    await Promise.all([hears(ann, 'reconnected'), hears(bob, 'reconnected')])
    await hears(bob, `streamDestroyed ${before}`)
    const [after] = await pair[0].rooms.streams(app.id, session)
    expect(after!.id).not.toBe(before)
    await plays(bob, after!.id)
  })

  it('a moderator ends a stream and a connection, and that one does not come back', async () => {
    const { pair, session } = await start()
    const mod = await joins(pair[0], session, { role: 'moderator' })
    const [ann, bob] = [
      await sessionPage(await person(browser), pair[0], session),
      await sessionPage(await person(browser), pair[0], session, 'subscriber'),
    ]
    const streamId = await publishCamera(ann)
    await plays(bob, streamId)
    await mod.asks({ type: 'forceUnpublish', streamId })
    await hears(bob, `streamDestroyed ${streamId}`)
    const connectionId = await inPage(ann, ({ session: joined }) => joined.connectionId)
    await mod.asks({ type: 'forceDisconnect', connectionId })
    await hears(ann, 'ended forbidden')
    await expect.poll(() => pair[0].rooms.connections(app.id, session)).toHaveLength(2)
  })
})
