import { joinSession, type JoinOptions, type SessionEvents } from '@carillon/client/sessions/join'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket as WsSocket } from 'ws'
import { app, joins, onEveryCluster, startInMemory, tokenFor } from '../services/sessions.ts'

const EVENTS = [
  'connectionCreated',
  'connectionDestroyed',
  'streamCreated',
  'streamDestroyed',
  'streamChanged',
  'signal',
  'muteForced',
  'forceUnpublished',
  'archiveStarted',
  'push',
  'reconnecting',
  'reconnected',
  'ended',
] as const satisfies (keyof SessionEvents)[]

/** In Node, where there is no media. */
async function joined(
  { url }: { url: string },
  sessionId: string,
  role = 'publisher',
  more: Partial<JoinOptions> = {},
) {
  const session = await joinSession(url, { sessionId, token: tokenFor(sessionId, { role }), ...more })
  onTestFinished(() => session.leave())
  const heard: [string, unknown][] = []
  for (const name of EVENTS) session.on(name, (event) => heard.push([name, event]))
  const hears = (name: keyof SessionEvents) =>
    waitFor(() => heard.find(([one]) => one === name)?.[1], { what: name, timeout: 20_000 })
  return { session, heard, hears, names: () => heard.map(([name]) => name) }
}

onEveryCluster('joinSession in Node', (start) => {
  it('tells who and what is there, and what comes and goes, once', async () => {
    const { pair, session } = await start()
    const first = await joins(pair[0], session, { data: 'first' })
    const stream = await first.publishes({ name: 'desk' })
    const ann = await joined(pair[1], session)
    expect(await ann.hears('streamCreated')).toEqual({ stream })
    expect(ann.session.streams).toEqual([stream])
    expect(ann.session.connections).toMatchObject([{ id: first.id, data: 'first' }])
    await first.asks({ type: 'change', streamId: stream.id, hasVideo: false })
    expect(await ann.hears('streamChanged')).toEqual({ stream: { ...stream, hasVideo: false } })
    expect(ann.session.streams).toEqual([{ ...stream, hasVideo: false }])
    first.end()
    await ann.hears('connectionDestroyed')
    expect(ann.names()).toEqual([
      'connectionCreated',
      'streamCreated',
      'streamChanged',
      'streamDestroyed',
      'connectionDestroyed',
    ])
    expect([ann.session.streams, ann.session.connections]).toEqual([[], []])
  })

  it('declares streams, obeys mutes, and ends what a moderator ends', async () => {
    const { pair, session } = await start()
    const [ann, mod] = [await joined(pair[0], session), await joined(pair[1], session, 'moderator')]
    const publication = await ann.session.publish(null, { name: 'bot', hasAudio: true })
    expect(await mod.hears('streamCreated')).toMatchObject({ stream: { name: 'bot', hasAudio: true, hasVideo: false } })
    const streamId = publication.stream!.id
    await mod.session.mute(streamId)
    expect(await ann.hears('muteForced')).toEqual({ streamIds: [streamId] })
    expect(await mod.hears('streamChanged')).toMatchObject({ stream: { hasAudio: false } })
    await publication.setAudio(true)
    await waitFor(() => mod.session.streams[0]?.hasAudio)
    await mod.session.muteAll(true, [streamId])
    await waitFor(() => ann.heard.some(([, event]) => (event as { active?: boolean }).active))
    expect(ann.heard.at(-1)).toEqual(['muteForced', { streamIds: [], active: true }])
    const other = await ann.session.publish(null, { hasAudio: true })
    expect(ann.heard.at(-1)).toEqual(['muteForced', { streamIds: [other.stream!.id] }])
    await waitFor(() => mod.session.streams.find(({ id }) => id === other.stream!.id)?.hasAudio === false)
    await mod.session.forceUnpublish(streamId)
    expect(await ann.hears('forceUnpublished')).toEqual({ streamId })
    await other.end()
    await waitFor(() => mod.session.streams.length === 0)
    await mod.session.forceDisconnect(ann.session.connectionId)
    expect(await ann.hears('ended')).toMatchObject({ error: { code: 'forbidden' } })
    expect(ann.names()).not.toContain('reconnecting')
  })

  it('signals to all and to one, and says why not', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [await joined(pair[0], session), await joined(pair[1], session, 'subscriber')]
    await ann.session.signal({ type: 'chat', data: 'hi' })
    const signal = { type: 'chat', data: 'hi', from: ann.session.connectionId }
    expect([await ann.hears('signal'), await bob.hears('signal')]).toEqual([signal, signal])
    await ann.session.signal({ data: 'psst' }, bob.session.connectionId)
    await waitFor(() => bob.heard.some(([, event]) => (event as { data?: string }).data === 'psst'))
    await expect(bob.session.signal({})).rejects.toMatchObject({ name: 'SessionError', code: 'forbidden' })
    await expect(ann.session.signal({}, 'nobody')).rejects.toMatchObject({ code: 'not_found' })
    await expect(ann.session.signal({ data: 'x'.repeat(9000) })).rejects.toMatchObject({ code: 'invalid' })
    await pair[0].rooms.announce(app.id, session, { type: 'archiveStarted', id: 'a', name: null })
    expect(await bob.hears('archiveStarted')).toEqual({ id: 'a', name: null })
  })
})

describe('joinSession in Node, by itself', () => {
  it('comes back as another connection, with a new token, and publishes again', async () => {
    const { pair, session } = await startInMemory()
    let asked = 0
    const token = async () => tokenFor(session, { data: String(++asked) })
    const ann = await joined(pair[0], session, '', { token })
    const [before, publication] = [ann.session.connectionId, await ann.session.publish(null, { name: 'bot' })]
    const lost = publication.stream!.id
    await pair[0].restart()
    await ann.hears('reconnecting')
    await expect(ann.session.signal({})).rejects.toMatchObject({ code: 'unavailable' })
    expect(await ann.hears('reconnected')).toEqual({ connectionId: ann.session.connectionId })
    expect(ann.session.connectionId).not.toBe(before)
    expect(await pair[0].rooms.streams(app.id, session)).toMatchObject([{ name: 'bot', id: publication.stream!.id }])
    expect(publication.stream!.id).not.toBe(lost)
    expect(await pair[0].rooms.connections(app.id, session)).toMatchObject([{ data: '2' }])
  })

  it('gives up when it would not be let in any more', async () => {
    const { pair, session } = await startInMemory()
    const tokens = [tokenFor(session), tokenFor(session, { expireTime: 1 })]
    const ann = await joined(pair[0], session, '', { token: () => tokens.shift()! })
    await pair[0].restart()
    expect(await ann.hears('ended')).toMatchObject({ error: { code: 'forbidden' } })
    expect(tokens).toEqual([])
  })

  it('does not publish again what was ended, before or after the connection was lost', async () => {
    const { pair, session } = await startInMemory()
    let meddle: (text: string) => void = () => {}
    class Meddled extends WsSocket {
      override send(text: string): void {
        meddle(text)
        super.send(text)
      }
    }
    const WebSocket = Meddled as unknown as NonNullable<JoinOptions['WebSocket']>
    const ann = await joined(pair[0], session, '', { token: tokenFor(session), WebSocket })
    const publish = (name: string) => ann.session.publish(null, { name })
    const [before, between, after] = [await publish('before'), await publish('between'), await publish('after')]
    await Promise.all([publish('kept'), before.end()])
    // It is published again, and the answer is not there yet.
    meddle = (text) => {
      if (text.includes('"after"')) void after.end()
    }
    ann.session.on('reconnecting', () => void between.end())
    await pair[0].restart()
    await ann.hears('reconnected')
    await expect.poll(() => pair[0].rooms.streams(app.id, session)).toMatchObject([{ name: 'kept' }])
  })

  it('is back also when it may not publish any more', async () => {
    const { pair, session } = await startInMemory()
    const tokens = [tokenFor(session), tokenFor(session, { role: 'subscriber' })]
    const ann = await joined(pair[0], session, '', { token: () => tokens.shift()! })
    const publication = await ann.session.publish(null)
    await pair[0].restart()
    await ann.hears('reconnected')
    expect(publication.stream).toBeUndefined()
  })

  it('reconnects after a server that has gone silent, and after one that never answered', async () => {
    const { pair, session } = await startInMemory()
    let isDeaf = false
    class Deaf extends WsSocket {
      override emit(name: string | symbol, ...given: unknown[]): boolean {
        return (isDeaf && name !== 'error') || super.emit(name, ...given)
      }
    }
    const WebSocket = Deaf as unknown as NonNullable<JoinOptions['WebSocket']>
    const options = { token: tokenFor(session), WebSocket, silence: 50 }
    const ann = await joined(pair[0], session, '', options)
    await ann.session.publish(null)
    isDeaf = true
    expect(await ann.hears('reconnecting')).toEqual({ reason: 'The server no longer responds' })
    await expect(joinSession(pair[0].url, { ...options, sessionId: session })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The server no longer responds',
    })
    isDeaf = false
    await ann.hears('reconnected')
    await ann.session.signal({})
  })

  it('is mute when it was muted, also where it cannot say so any more', async () => {
    const { pair, session } = await startInMemory()
    class Breaking extends WsSocket {
      override send(text: string): void {
        if (text.includes('"change"')) this.terminate()
        else super.send(text)
      }
    }
    const WebSocket = Breaking as unknown as NonNullable<JoinOptions['WebSocket']>
    const ann = await joined(pair[0], session, '', { token: tokenFor(session), WebSocket })
    const { stream } = await ann.session.publish(null, { hasAudio: true })
    expect(await pair[0].rooms.mute(app.id, session, stream!.id)).toBe(true)
    await ann.hears('reconnecting')
    expect(await ann.hears('muteForced')).toEqual({ streamIds: [stream!.id] })
    await ann.hears('reconnected')
  })

  it('is mute also when it was muted before it knew of its own stream', async () => {
    const { pair, session } = await startInMemory()
    const held: unknown[][] = []
    class Late extends WsSocket {
      override emit(name: string | symbol, ...given: unknown[]): boolean {
        const text = name === 'message' ? String(given[0]) : ''
        if (text.startsWith('{"type":"done"') && text.includes('"stream"')) return held.push(given) > 0
        const told = super.emit(name, ...given)
        if (text.startsWith('{"type":"muteForced"')) for (const one of held.splice(0)) super.emit('message', ...one)
        return told
      }
    }
    const WebSocket = Late as unknown as NonNullable<JoinOptions['WebSocket']>
    const ann = await joined(pair[0], session, '', { token: tokenFor(session), WebSocket })
    const mod = await joined(pair[0], session, 'moderator')
    const publishing = ann.session.publish(null, { hasAudio: true })
    const { stream } = (await mod.hears('streamCreated')) as SessionEvents['streamCreated']
    await mod.session.mute(stream.id)
    expect((await publishing).stream).toEqual(stream)
    expect(await ann.hears('muteForced')).toEqual({ streamIds: [stream.id] })
    await waitFor(() => mod.session.streams[0]?.hasAudio === false)
  })

  it('leaves', async () => {
    const { pair, session } = await startInMemory()
    const ann = await joined(pair[0], session)
    ann.session.leave()
    ann.session.leave()
    expect(ann.heard).toEqual([['ended', { error: null }]])
    await expect.poll(() => pair[0].rooms.connections(app.id, session)).toEqual([])
    await expect(ann.session.signal({})).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('hears its pushes', async () => {
    const { pair, session } = await startInMemory()
    const ann = await joined(pair[0], session, '', { token: tokenFor(session, { data: '{"pusher":"ann"}' }) })
    await ann.session.signal({})
    expect(await pair[0].hub.users.notify(app.id, 'ann', { event: 'hi', data: 1 }, 5000)).toBe(true)
    expect(await ann.hears('push')).toEqual({ event: 'hi', data: 1 })
  })

  it('takes another WebSocket, and says what is wrong', async () => {
    const { pair, session, newSession } = await startInMemory()
    const token = tokenFor(session)
    const WebSocket = WsSocket as unknown as NonNullable<JoinOptions['WebSocket']>
    const ann = await joined(pair[0], session, '', { token, WebSocket })
    await expect(ann.session.subscribe({} as never)).rejects.toMatchObject({ code: 'invalid' })
    await expect(ann.session.publish({} as never)).rejects.toMatchObject({ code: 'invalid' })
    const options = { sessionId: newSession(), token }
    await expect(joinSession(pair[0].url, options)).rejects.toMatchObject({ name: 'SessionError', code: 'forbidden' })
    await expect(joinSession(`${pair[0].url}/`, { sessionId: 'x', token })).rejects.toMatchObject({ code: 'not_found' })
    await expect(joinSession('http://127.0.0.1:9', options)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(joinSession('ws://a', options)).rejects.toThrow(TypeError)
  })
})
