import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { compileFunction } from 'node:vm'
import OpenTok from 'opentok'
import { describe, expect, it } from 'vitest'
import { verifyToken } from '../../packages/protocol-session/token.ts'
import { officialSdk } from '../services/opentok.ts'
import { join, newApp, newSession, onEveryDatabase } from './sessions-stage.ts'

const ID = '00000000-0000-4000-8000-000000000000'

onEveryDatabase('the official SDK for OpenTok', (served) => {
  const current = served()
  const stage = async (options?: object) => {
    const made = await newApp(current())
    const session = await newSession(made.sdk, options)
    const joins = () => join(current(), made.app, session)
    return { ...made, session, joins, ask: made.sdk.ask }
  }

  describe('createSession', () => {
    it.each([
      ['relayed', {}, /^1_/, { relayed: true, archived: false, location: '', e2ee: false }],
      ['routed', { mediaMode: 'routed', location: '192.0.2.1' }, /^2_/, { relayed: false, location: '192.0.2.1' }],
      [
        'archived',
        { mediaMode: 'routed', archiveMode: 'always', archiveName: 'all', archiveResolution: '1280x720' },
        /^2_/,
        { archived: true, archiveName: 'all', archiveResolution: '1280x720' },
      ],
      ['encrypted', { mediaMode: 'routed', e2ee: true }, /^2_/, { e2ee: true }],
    ])('%s', async (_, options, id, kept) => {
      const { app, session, sdk } = await stage(options)
      expect(session).toMatch(id)
      expect(await current().store.sessions.find(app.id, session)).toMatchObject(kept)
      expect(sdk.generateToken(session)).toMatch(/^ey/)
    })

    it('with a wrong secret is an error', async () => {
      const { app } = await stage()
      const sdk = new OpenTok(app.key, 'wrong', current().url)
      const asked = new Promise((resolve) => {
        ;(sdk as unknown as { createSession(done: (error: Error) => void): void }).createSession(resolve)
      })
      expect(String(await asked)).toBe('Error: Failed to createSession. Error: Invalid API key or secret')
    })
  })

  describe('archives', () => {
    it('are started, found, listed and stopped', async () => {
      const { app, ask, session } = await stage()
      const wish = {
        name: 'one',
        hasVideo: true,
        outputMode: 'composed',
        resolution: '1280x720',
        layout: { type: 'pip' },
      }
      const [archive] = await ask('startArchive', session, wish)
      expect(archive).toMatchObject({
        name: 'one',
        sessionId: session,
        projectId: app.key,
        partnerId: app.key,
        status: 'started',
        outputMode: 'composed',
        streamMode: 'auto',
        resolution: '1280x720',
        streams: [],
        duration: 0,
        size: 0,
        hasAudio: false,
        hasVideo: false,
        url: null,
        sha256sum: null,
        reason: expect.stringContaining('No media was recorded') as string,
        createdAt: expect.any(Number) as number,
      })
      const { id } = archive as { id: string }
      expect(await ask('getArchive', id)).toMatchObject([{ id, status: 'started' }])
      expect(await ask('listArchives', { sessionId: session })).toMatchObject([[{ id }], 1])
      expect(await ask('stopArchive', id)).toMatchObject([{ id, status: 'stopped' }])
      await expect(ask('stopArchive', id)).rejects.toBeInstanceOf(OpenTok.ArchiveError)
      await expect(ask('deleteArchive', id)).rejects.toThrow(/deleted when it is available; this one is stopped/)
    })

    it('run one at a time in a session, unless they have tags', async () => {
      const { ask, session } = await stage()
      await ask('startArchive', session, {})
      await expect(ask('startArchive', session, {})).rejects.toThrow(/runs already/)
      await ask('startArchive', session, { multiArchiveTag: 'a', outputMode: 'individual' })
      const again = ask('startArchive', session, { multiArchiveTag: 'a' })
      await expect(again).rejects.toBeInstanceOf(OpenTok.RequestError)
      expect((await ask('listArchives', {}))[1]).toBe(2)
    })

    it('are listed newest first, a page at a time, and only those of the app', async () => {
      const { ask, session } = await stage()
      for (const tag of ['a', 'b', 'c']) await ask('startArchive', session, { name: tag, multiArchiveTag: tag })
      expect(await ask('listArchives', { offset: 1, count: 1 })).toMatchObject([[{ name: 'b' }], 3])
      expect(await ask('listArchives', { sessionId: 'none' })).toEqual([[], 0])
      expect(await (await stage()).ask('listArchives', {})).toEqual([[], 0])
      await expect(ask('listArchives', { count: 1001 })).rejects.toThrow(/count: must be from 1 to 1000/)
    })

    it('in manual mode have the streams that were chosen', async () => {
      const { ask, session, joins } = await stage()
      const stream = await (await joins()).publishes()
      const [{ id }] = (await ask('startArchive', session, { streamMode: 'manual' })) as [{ id: string }]
      await ask('addArchiveStream', id, stream.id, { hasVideo: false })
      await ask('addArchiveStream', id, stream.id, { hasAudio: false })
      const chosen = [{ streamId: stream.id, hasAudio: false, hasVideo: true }]
      expect(await ask('getArchive', id)).toMatchObject([{ streamMode: 'manual', streams: chosen }])
      await ask('removeArchiveStream', id, stream.id)
      expect(await ask('getArchive', id)).toMatchObject([{ streams: [] }])
      await expect(ask('addArchiveStream', id, 'none', {})).rejects.toThrow('Archive or stream not found')
    })

    it('in auto mode have no streams to choose', async () => {
      const { ask, session } = await stage()
      const [{ id }] = (await ask('startArchive', session, {})) as [{ id: string }]
      await expect(ask('addArchiveStream', id, 'any', {})).rejects.toThrow('Unsupported Stream Mode')
      await expect(ask('removeArchiveStream', id, 'any')).rejects.toBeInstanceOf(OpenTok.ArchiveError)
    })

    it('have a layout', async () => {
      const { ask, session } = await stage()
      const [{ id }] = (await ask('startArchive', session, {})) as [{ id: string }]
      expect(await ask('setArchiveLayout', id, 'bestFit', null, 'pip')).toMatchObject([{ id }, { status: 200 }])
      await ask('setArchiveLayout', id, 'custom', 'stream { float: left }', null)
      await expect(ask('setArchiveLayout', id, 'odd', null, null)).rejects.toThrow(/type: must be one of/)
      await expect(ask('setArchiveLayout', id, 'pip', 'a {}', null)).rejects.toThrow(/stylesheet: is required for/)
    })

    it('that are not there are errors', async () => {
      const { ask } = await stage()
      const { session: others } = await stage()
      await expect(ask('startArchive', others, {})).rejects.toThrow('Session not found')
      await expect(ask('startArchive', 'none', {})).rejects.toBeInstanceOf(OpenTok.ArchiveError)
      for (const id of [ID, 'none']) {
        await expect(ask('stopArchive', id)).rejects.toThrow('Archive not found')
        await expect(ask('getArchive', id)).rejects.toBeInstanceOf(OpenTok.NotFoundError)
        await expect(ask('deleteArchive', id)).rejects.toBeInstanceOf(OpenTok.ArchiveError)
        await expect(ask('addArchiveStream', id, 'any', {})).rejects.toBeInstanceOf(OpenTok.ArchiveError)
        await expect(ask('setArchiveLayout', id, 'pip', null, null)).rejects.toBeInstanceOf(OpenTok.NotFoundError)
      }
    })
  })

  describe('signals', () => {
    it('go to all and to one', async () => {
      const { ask, session, joins } = await stage()
      const [one, other] = [await joins(), await joins()]
      await ask('signal', session, null, { type: 'chat', data: 'all' })
      await ask('signal', session, one.id, { type: 'chat', data: 'one' })
      expect(await other.hears({ type: 'signal' })).toEqual({
        type: 'signal',
        from: null,
        signal: { type: 'chat', data: 'all' },
      })
      expect(await one.hears({ type: 'signal' })).toMatchObject({ signal: { data: 'all' } })
      expect(await one.hears({ type: 'signal' })).toMatchObject({ signal: { data: 'one' } })
      expect((await other.rest()).filter(({ type }) => type === 'signal')).toEqual([])
    })

    it('to nobody are errors', async () => {
      const { ask, session } = await stage()
      await expect(ask('signal', session, ID, { type: 'a', data: 'b' })).rejects.toBeInstanceOf(OpenTok.SignalError)
      await expect(ask('signal', 'none', null, { type: 'a', data: 'b' })).rejects.toBeInstanceOf(OpenTok.SignalError)
    })

    it.each([
      [{ type: 'x'.repeat(129), data: '' }, 413, 'type may have at most 128 bytes.'],
      [{ type: '', data: '李'.repeat(2731) }, 413, 'data may have at most 8192 bytes.'],
      [{ type: '', data: { a: 1 } }, 400, 'data: must be a string.'],
    ])('that are not good are errors (%#)', async (payload, _, message) => {
      const { ask, session } = await stage()
      await expect(ask('signal', session, null, payload)).rejects.toThrow(message)
    })
  })

  describe('moderation', () => {
    it('disconnects', async () => {
      const { ask, session, joins } = await stage()
      const client = await joins()
      await ask('forceDisconnect', session, client.id)
      await client.hears({ type: 'forceDisconnected' })
      await client.closed
      await expect(ask('forceDisconnect', session, client.id)).rejects.toBeInstanceOf(OpenTok.ForceDisconnectError)
    })

    it('mutes one stream, or all but some, and ends it', async () => {
      const { ask, session, joins } = await stage()
      const client = await joins()
      const { id } = await client.publishes()
      const muted = () => client.hears({ type: 'muteForced' })
      await ask('forceMuteStream', session, id)
      expect(await muted()).toMatchObject({ streamId: id })
      await ask('forceMuteAll', session, { excludedStreamIds: [id] })
      expect(await muted()).toMatchObject({ active: true, excludedStreamIds: [id] })
      await ask('forceMuteAll', session, { excludedStreams: [id] })
      expect(await muted()).toMatchObject({ active: true, excludedStreamIds: [id] })
      await ask('disableForceMute', session)
      expect(await muted()).toMatchObject({ active: false })
      await expect(ask('forceMuteStream', session, 'none')).rejects.toBeInstanceOf(OpenTok.NotFoundError)
      await expect(ask('forceMuteAll', 'none', {})).rejects.toBeInstanceOf(OpenTok.NotFoundError)
    })
  })

  describe('streams', () => {
    it('are found, listed and laid out', async () => {
      const { ask, session, joins } = await stage()
      const { id } = await (await joins()).publishes({ name: 'me' })
      const stream = { id, videoType: 'camera', name: 'me', layoutClassList: [] as string[] }
      expect(await ask('getStream', session, id)).toEqual([stream])
      expect(await ask('listStreams', session)).toEqual([[stream]])
      await ask('setStreamClassLists', session, [{ id, layoutClassList: ['full', 'focus'] }])
      expect(await ask('getStream', session, id)).toEqual([{ ...stream, layoutClassList: ['full', 'focus'] }])
    })

    it('that are not there are errors', async () => {
      const { ask, session } = await stage()
      await expect(ask('getStream', session, 'none')).rejects.toBeInstanceOf(OpenTok.NotFoundError)
      await expect(ask('listStreams', 'none')).rejects.toBeInstanceOf(OpenTok.NotFoundError)
      const classes = [{ id: 'none', layoutClassList: [] }]
      await expect(ask('setStreamClassLists', session, classes)).rejects.toBeInstanceOf(OpenTok.NotFoundError)
    })
  })

  it('registers, lists and unregisters callbacks', async () => {
    const { ask } = await stage()
    const wish = { group: 'connection', event: 'created', url: 'https://example.com/hook' }
    const [callback] = (await ask('registerCallback', wish)) as [{ id: string }]
    expect(callback).toMatchObject({
      ...wish,
      id: expect.any(String) as string,
      createdAt: expect.any(Number) as number,
    })
    expect(await ask('listCallbacks', {})).toMatchObject([[wish]])
    await ask('unregisterCallback', callback.id)
    expect(await ask('listCallbacks', {})).toEqual([[]])
    await expect(ask('unregisterCallback', callback.id)).rejects.toBeInstanceOf(OpenTok.NotFoundError)
    await expect(ask('registerCallback', { ...wish, event: 'status' })).rejects.toThrow(/event: must be/)
    await expect(ask('registerCallback', { ...wish, url: 'file:///etc' })).rejects.toThrow(/url: must be a URL/)
  })

  it.each<[string, unknown[]]>([
    ['startBroadcast', ['SESSION', { outputs: { hls: {} } }]],
    ['getBroadcast', [ID]],
    ['stopBroadcast', [ID]],
    ['setBroadcastLayout', [ID, 'pip', null, null]],
    ['addBroadcastStream', [ID, 'stream', {}]],
    ['removeBroadcastStream', [ID, 'stream']],
    ['websocketConnect', ['SESSION', 'token', 'wss://example.com', {}]],
    ['dial', ['SESSION', 'token', 'sip:a@example.com', {}]],
    ['playDTMF', ['SESSION', ID, '1p2']],
    ['playDTMF', ['SESSION', null, '1p2']],
    ['startCaptions', ['SESSION', 'token', {}]],
    ['stopCaptions', [ID]],
    ['startRender', [{ sessionId: 'SESSION', url: 'https://example.com' }]],
    ['getRender', [ID]],
    ['stopRender', [ID]],
    ['listRenders', [{ count: 1 }]],
  ])('%s is told apart from what is not there', async (call, given) => {
    const { ask, session } = await stage()
    const asked = ask(call, ...given.map((one) => (one === 'SESSION' ? session : one)))
    await expect(asked).rejects.toThrow(/This server does not serve/)
  })

  it('is used as docs/protocols/sessions.md says', async () => {
    const { app, secret } = await newApp(current())
    const page = readFileSync(new URL('../../docs/protocols/sessions.md', import.meta.url), 'utf8')
    const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? []
    const own = program
      .replace('http://127.0.0.1:6001', current().url)
      .replace("'demo'", `'${app.key}'`)
      .replace("'s3cret'", `'${secret}'`)
      .replace(/\}\)\s*$/, 'done([sessionId, token]) })')
    const run = compileFunction(own, ['require', 'done']) as (
      require: NodeJS.Require,
      done: (made: string[]) => void,
    ) => void
    const [session = '', token = ''] = await new Promise<string[]>((resolve) => {
      run(createRequire(import.meta.url), resolve)
    })
    expect(await current().store.sessions.find(app.id, session)).toMatchObject({ relayed: true })
    const granted = { sessionId: session, role: 'moderator', connectionData: 'name=Ann' }
    expect(await verifyToken(app, token, Date.now() / 1000)).toMatchObject(granted)
  })

  it('with a wrong secret hears of it from every call', async () => {
    const { app, session } = await stage()
    const { ask } = officialSdk(app.key, 'wrong', current().url)
    const calls: [string, ...unknown[]][] = [
      ['startArchive', session, {}],
      ['getArchive', ID],
      ['listArchives', {}],
      ['signal', session, null, { type: 'a', data: 'b' }],
      ['forceMuteAll', session, {}],
      ['getStream', session, 'any'],
      ['listStreams', session],
    ]
    for (const [call, ...given] of calls) await expect(ask(call, ...given)).rejects.toBeInstanceOf(OpenTok.AuthError)
  })

  it('cannot read what any error says of listBroadcasts', async () => {
    await expect((await stage()).ask('listBroadcasts', {})).rejects.toThrow(TypeError)
  })
})
