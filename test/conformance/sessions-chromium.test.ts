import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { hears, inPage, openPage, plays, publishCamera, sessionPage } from '../services/session-page.ts'
import { app, joins, startInMemory, tokenFor } from '../services/sessions.ts'
import { hasTurn, startTurn } from '../services/turn.ts'

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

  it('a stream is seen also by who subscribes before its publisher knows that it is there', async () => {
    const { pair, session } = await start()
    const [bob, late] = [await sessionPage(await person(browser), pair[0], session), await person(browser)]
    await late.addInitScript(answersAfterSubscribers)
    const ann = await sessionPage(late, pair[0], session)
    await plays(bob, await publishCamera(ann))
  })

  it('the program of docs/protocols/sessions.md for browsers runs', async () => {
    const { pair, session } = await start()
    const bob = await sessionPage(await person(browser), pair[0], session)
    const bobsStream = await publishCamera(bob)
    const other = await joins(pair[0], session)
    const ann = await (await person(browser)).newPage()
    await openPage(ann, pair[0].url)
    const program = programFor(pair[0].url, session)
    await ann.evaluate(`(async () => { ${program}; Object.assign(globalThis, { mute, leave }) })()`)
    await plays(ann, bobsStream)
    expect(await other.hears({ type: 'signal' })).toMatchObject({ signal: { type: 'chat', data: 'hello' } })
    await ann.evaluate('mute()')
    await hears(bob, 'streamChanged false')
    await bob.close()
    await expect.poll(() => ann.evaluate('document.querySelectorAll("video").length')).toBe(0)
    await ann.evaluate('leave()')
    await expect.poll(() => pair[0].rooms.connections(app.id, session)).toMatchObject([{ id: other.id }])
  })

  describe.skipIf(!hasTurn)('through coturn', () => {
    it('two pages that can meet nowhere else see each other; expired credentials admit nobody', async () => {
      const secret = 'a-shared-secret'
      const url = await startTurn(secret)
      const { pair, session } = await startInMemory({ ice: { urls: [url], secret, ttl: 60 } })
      const relayed = async () => {
        const context = await person(browser)
        await context.addInitScript(relaysAlone)
        return sessionPage(context, pair[0], session)
      }
      const [ann, bob] = [await relayed(), await relayed()]
      await plays(bob, await publishCamera(ann))

      const { pair: late, session: other } = await startInMemory({ ice: { urls: [url], secret, ttl: -1 } })
      const client = await joins(late[0], other)
      const { iceServers } = await client.asks({ type: 'iceServers' })
      expect(await bob.evaluate(gather, iceServers as never)).toEqual({ candidates: 0, errors: [401] })
    })
  })
})

/** Runs in the page, before anything else: the answer to `publish` is slower than the subscribers. */
function answersAfterSubscribers(): void {
  const scope = globalThis as unknown as { WebSocket: typeof WebSocket }
  scope.WebSocket = class extends WebSocket {
    override addEventListener(type: string, listener: never): void {
      const tell = listener as (event: { data?: string }) => void
      const held: { data?: string }[] = []
      super.addEventListener(type as 'message', (event) => {
        const { data = '' } = event as { data?: string }
        if (data.startsWith('{"type":"done"') && data.includes('"stream"')) return void held.push(event as never)
        tell(event as never)
        if (data.startsWith('{"type":"subscribe"')) for (const one of held.splice(0)) tell(one)
      })
    }
  }
}

interface PeerOptions {
  iceServers: object[]
  iceTransportPolicy?: 'relay'
}

/** Runs in the page, before anything else: no call goes but through TURN. */
function relaysAlone(): void {
  const scope = globalThis as unknown as { RTCPeerConnection: new (options: PeerOptions) => object }
  const Peer = scope.RTCPeerConnection
  scope.RTCPeerConnection = class extends Peer {
    constructor(options: PeerOptions) {
      super({ ...options, iceTransportPolicy: 'relay' })
    }
  }
}

interface GatheringPeer {
  onicecandidate: (event: { candidate: object | null }) => void
  onicecandidateerror: (event: { errorCode: number }) => void
  createDataChannel(name: string): void
  setLocalDescription(): Promise<void>
}

/** Runs in the page: what comes of asking TURN for an address. */
async function gather(iceServers: object[]): Promise<{ candidates: number; errors: number[] }> {
  const { RTCPeerConnection } = globalThis as unknown as { RTCPeerConnection: new (of: PeerOptions) => GatheringPeer }
  const peer = new RTCPeerConnection({ iceServers })
  const found = { candidates: 0, errors: [] as number[] }
  const done = new Promise<void>((resolve) => {
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) found.candidates++
      else resolve()
    }
  })
  peer.onicecandidateerror = ({ errorCode }) => found.errors.push(errorCode)
  peer.createDataChannel('any')
  await peer.setLocalDescription()
  await done
  return { ...found, errors: [...new Set(found.errors)] }
}

/** The program of the page for joining, which makes functions of `mute` and `leave`. */
function programFor(url: string, sessionId: string): string {
  const page = readFileSync(new URL('../../docs/protocols/sessions.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)
  const program = blocks.find((code) => code.includes('joinSession('))!
  const known = `const [sessionId, token] = ${JSON.stringify([sessionId, tokenFor(sessionId)])}\n`
  const here = program.replace(/^import (.*) from .*$/m, 'const $1 = carillon').replace('https://push.example.com', url)
  return known + here
}
