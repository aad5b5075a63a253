import { createHash, createHmac } from 'node:crypto'
import { waitFor } from '@carillon/testkit'
import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { join, newApp, newSession, onEveryDatabase, rawCall, type SessionsStage } from './sessions-stage.ts'

interface Archive {
  id: string
  status: string
  reason: string
  url: string | null
  size: number
  sha256sum: string | null
}

interface Line {
  at: number
  type: string
  [field: string]: unknown
}

async function inSession(stage: SessionsStage, options?: object) {
  const made = await newApp(stage)
  const session = await newSession(made.sdk, options)
  const { ask } = made.sdk
  const archives = async () => (await ask('listArchives', { sessionId: session }))[0] as Archive[]
  return {
    ...made,
    session,
    ask,
    archives,
    joins: (data?: string) => join(stage, made.app, session, data),
    start: async (wish: object = {}) => (await ask('startArchive', session, wish))[0] as Archive,
    stop: async ({ id }: Archive) => (await ask('stopArchive', id))[0] as Archive,
    /** The archive, once its status is this. */
    reaches: (status: string, { id }: Pick<Archive, 'id'>) =>
      waitFor(async () => (await archives()).find((one) => one.id === id && one.status === status), { what: status }),
    /** What was posted of it. */
    posted: () => stage.callbacks.filter(({ app }) => app === made.app.id),
  }
}

const download = async ({ url }: Pick<Archive, 'url'>) => {
  const response = await fetch(url!)
  const text = await response.text()
  return {
    response,
    text,
    lines: text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line),
  }
}

const soon = { look: 0.02, lastLines: 0.2 }

onEveryDatabase('archives', (served) => {
  describe('an archive', () => {
    const current = served({ archiveTimes: soon })
    it('holds what happened while it ran, in order, for anyone who has its address', async () => {
      const { session, ask, joins, start, stop, reaches, posted } = await inSession(current())
      const early = await joins('early')
      const archive = await start({ name: 'all of it' })
      expect(await early.hears({ type: 'archiveStarted' })).toEqual({
        type: 'archiveStarted',
        id: archive.id,
        name: 'all of it',
      })
      const late = await joins('late')
      const { id: stream } = await late.publishes({ name: 'desk' })
      await ask('signal', session, null, { type: 'chat', data: 'a\nb 李雷 \0' })
      await ask('signal', session, early.id, { type: 'whisper', data: 'c' })
      await ask('forceMuteStream', session, stream)
      await ask('setArchiveLayout', archive.id, 'pip', null, null)
      await ask('registerCallback', { group: 'stream', event: 'destroyed', url: 'https://example.com' })
      await ask('registerCallback', { group: 'connection', event: 'destroyed', url: 'https://example.com' })
      late.end()
      await waitFor(() => posted().length === 2) // an end is told a moment after it is seen
      await stop(archive)
      await early.hears({ type: 'archiveStopped', id: archive.id })
      await ask('signal', session, null, { type: 'chat', data: 'too late' })
      const { url, size, sha256sum, ...available } = await reaches('available', archive)
      expect(available).toMatchObject({
        hasAudio: false,
        hasVideo: false,
        reason: expect.stringContaining('No media') as string,
      })
      const { response, text, lines } = await download({ url })
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
      expect(Buffer.byteLength(text)).toBe(size)
      expect(response.headers.get('content-length')).toBe(String(size))
      expect(createHash('sha256').update(text).digest('hex')).toBe(sha256sum)
      expect(lines.map(({ type }) => type).toSorted()).toEqual(
        [
          'archiveStarted',
          'connectionCreated',
          'streamCreated',
          'signal',
          'signal',
          'muteForced',
          'layoutChanged',
          'streamDestroyed',
          'connectionDestroyed',
          'archiveStopped',
        ].toSorted(),
      )
      expect(lines).toEqual(lines.toSorted((a, b) => a.at - b.at))
      expect(lines[0]).toMatchObject({
        archive: archive.id,
        session,
        connections: [{ id: early.id, data: 'early' }],
        streams: [],
      })
      expect(lines.find(({ type }) => type === 'signal')).toMatchObject({
        from: null,
        to: null,
        signal: { type: 'chat', data: 'a\nb 李雷 \0' },
      })
    })

    it('of a thousand signals has them all', async () => {
      const { app, session, start, stop, reaches } = await inSession(current())
      const archive = await start()
      const { archives } = current().store
      const at = Date.now()
      const lines = Array.from({ length: 1001 }, (_, n) => ({
        app: app.id,
        sessionId: session,
        at,
        text: `{"at":${at},"n":${n}}`,
      }))
      await archives.write(lines)
      await archives.write([{ ...lines[0]!, app: app.id + 1 }])
      await stop(archive)
      const { lines: written } = await download(await reaches('available', archive))
      expect(written.flatMap(({ n }) => (n === undefined ? [] : [n]))).toEqual(lines.map((_, n) => n))
    })

    it('is deleted when it is available', async () => {
      const { ask, archives, start, stop, reaches } = await inSession(current())
      const available = await start()
        .then(stop)
        .then((archive) => reaches('available', archive))
      await ask('deleteArchive', available.id)
      expect(await archives()).toEqual([])
      const { response } = await download(available)
      expect(response.status).toBe(404)
    })

    it('has an address that cannot be made up', async () => {
      const { app, secret, start, stop, reaches } = await inSession(current())
      const { url } = await start()
        .then(stop)
        .then((archive) => reaches('available', archive))
      const good = new URL(url!)
      const tries = { expires: ['1', '99999999999', ''], signature: ['0'.repeat(64), ''] }
      for (const [name, values] of Object.entries(tries))
        for (const value of values) {
          const bad = new URL(good)
          bad.searchParams.set(name, value)
          expect((await fetch(bad)).status).toBe(403)
        }
      const past = String(Math.floor(Date.now() / 1000) - 1)
      good.searchParams.set('expires', past)
      const id = good.pathname.split('/').at(-2)
      good.searchParams.set('signature', createHmac('sha256', secret).update(`archive:${id}:${past}`).digest('hex'))
      expect((await fetch(good)).status).toBe(403)
      expect((await fetch(url!.replace(app.key, 'other'))).status).toBe(403)
      expect(Number(new URL(url!).searchParams.get('expires')) - Date.now() / 1000).toBeLessThanOrEqual(600)
    })

    it('expires, and is forgotten', async () => {
      const { archives, start, stop, reaches } = await inSession(current())
      const available = await start()
        .then(stop)
        .then((archive) => reaches('available', archive))
      const expired = await current().store.archives.expire(0)
      expect(expired.map(({ id }) => id)).toContain(available.id)
      expect(await archives()).toMatchObject([{ status: 'expired', url: null }])
      expect((await download(available)).response.status).toBe(404)
      await current().store.archives.expire(0)
      expect(await archives()).toEqual([])
    })

    it('is reported, step by step, to those who asked', async () => {
      const { app, secret, ask, start, stop, reaches, posted } = await inSession(current())
      await ask('registerCallback', { group: 'archive', event: 'status', url: 'https://example.com/archives' })
      const archive = await start({ name: 'told' }).then(stop)
      await reaches('available', archive)
      await waitFor(() => posted().length === 3)
      const told = posted().map(({ body }) => JSON.parse(body) as Archive)
      expect(told.map(({ status }) => status)).toEqual(['started', 'stopped', 'available'])
      expect(told[2]).toMatchObject({ event: 'archive', id: archive.id, name: 'told', url: null })
      const { url, headers, body } = posted()[2]!
      expect([url, headers['Content-Type']]).toEqual(['https://example.com/archives', 'application/json'])
      expect(jwt.verify(headers.Authorization!.replace('Bearer ', ''), secret)).toMatchObject({
        api_key: app.key,
        payload_hash: createHash('sha256').update(body).digest('hex'),
      })
    })

    it('of a session that is always archived starts with the first who comes', async () => {
      const always = { mediaMode: 'routed', archiveMode: 'always', archiveName: 'each', archiveResolution: '1280x720' }
      const { ask, session, archives, joins, reaches } = await inSession(current(), always)
      expect(await archives()).toEqual([])
      const client = await joins()
      const [archive] = await waitFor(async () => (await archives()).length > 0 && archives())
      expect(archive).toMatchObject({ name: 'each', resolution: '1280x720', status: 'started' })
      await expect(ask('startArchive', session, {})).rejects.toThrow(/runs already/)
      await ask('startArchive', session, { multiArchiveTag: 'mine' })
      client.end()
      await reaches('paused', archive!)
    })
  })

  describe('an archive whose session nobody is in', () => {
    const current = served({ archiveTimes: soon, publicUrl: 'https://push.example.com/' })
    it('is paused, and goes on when someone comes', async () => {
      const { ask, joins, start, stop, reaches, posted } = await inSession(current())
      await ask('registerCallback', { group: 'archive', event: 'status', url: 'https://example.com/archives' })
      const client = await joins()
      const archive = await start()
      const statuses = () => posted().map(({ body }) => (JSON.parse(body) as Archive).status)
      // A callback is stored after its status, and each by another server: so they are waited for one by one
      await waitFor(() => statuses().length === 1)
      client.end()
      await reaches('paused', archive)
      await waitFor(() => statuses().length === 2)
      await joins()
      await waitFor(() => statuses().length === 3)
      await stop(archive)
      await waitFor(() => statuses().includes('available'))
      expect(statuses()).toEqual(['started', 'paused', 'started', 'stopped', 'available'])
    })
  })

  describe('an archive that is over', () => {
    const current = served({ archiveTimes: { ...soon, empty: 0.1 } })
    it('stops when nobody is there for too long, and says why', async () => {
      const { start, joins, reaches } = await inSession(current())
      const client = await joins()
      const archive = await start()
      client.end()
      const { reason } = await reaches('available', archive)
      expect(reason).toMatch(/^Stopped: nobody was in the session\. No media was recorded/)
    })

    it('stops also when nobody ever came', async () => {
      const { start, reaches } = await inSession(current())
      await reaches('available', await start())
    })

    it('does not stop while someone is there, whatever its row says', async () => {
      const { app, session, archives, joins, start } = await inSession(current())
      await joins()
      const archive = await start()
      await current().store.archives.setEmpty(app.id, session, true)
      await waitFor(async () => (await archives())[0]?.status === 'started')
      expect(await archives()).toMatchObject([{ id: archive.id, status: 'started' }])
    })
  })

  describe('an automatic archive', () => {
    const current = served({ archiveTimes: { ...soon, quiet: 0.1 } })
    it('stops when nobody publishes any more, not while somebody does', async () => {
      const { archives, joins, reaches } = await inSession(current(), { mediaMode: 'routed', archiveMode: 'always' })
      const client = await joins()
      const { id } = await client.publishes()
      const [archive] = await waitFor(async () => (await archives()).length > 0 && archives())
      await client.asks({ type: 'unpublish', streamId: id })
      const { reason } = await reaches('available', archive!)
      expect(reason).toMatch(/^Stopped: nobody published/)
    })
  })

  describe('a long archive', () => {
    const current = served({ archiveTimes: { ...soon, longest: 0.1 } })
    it('stops at its longest, and an automatic one begins again', async () => {
      const { archives, joins } = await inSession(current(), { mediaMode: 'routed', archiveMode: 'always' })
      await joins()
      await waitFor(async () => (await archives()).length > 1)
      const { reason } = (await archives()).at(-1)!
      expect(reason).toMatch(/^Stopped: it reached the longest duration/)
    })
  })

  describe('a session', () => {
    const current = served()
    describe('is reported', () => {
      it.each([
        ['connection', 'created', 'connectionCreated', { connection: { data: 'name=Ann' } }],
        [
          'connection',
          'destroyed',
          'connectionDestroyed',
          { reason: 'clientDisconnected', connection: { data: 'name=Ann' } },
        ],
        [
          'stream',
          'created',
          'streamCreated',
          { stream: { name: 'desk', videoType: 'camera', connection: { data: 'name=Ann' } } },
        ],
        ['stream', 'destroyed', 'streamDestroyed', { reason: 'clientDisconnected', stream: { name: 'desk' } }],
      ])('when a %s is %s', async (group, event, name, what) => {
        const { app, ask, session, joins, posted } = await inSession(current())
        await ask('registerCallback', { group, event, url: 'https://example.com/hook' })
        await ask('registerCallback', { group, event, url: 'https://example.com/hook' })
        const client = await joins('name=Ann')
        await client.publishes({ name: 'desk' })
        client.end()
        await client.closed
        await waitFor(() => posted().length > 0)
        const bodies = posted().map(({ body }) => JSON.parse(body) as object)
        expect(bodies).toMatchObject([
          { sessionId: session, projectId: app.key, event: name, timestamp: expect.any(Number) as number, ...what },
        ])
      })
    })

    it('may have so many callbacks', async () => {
      const { app } = await newApp(current())
      const wish = { group: 'stream', event: 'created', url: 'https://example.com' }
      const { sessionCallbacks } = current().store
      for (let n = 0; n < 100; n++) await sessionCallbacks.add(app.id, { ...wish, group: 'stream' })
      expect((await rawCall(current(), app, 'POST /v2/project/:key/callback', { body: wish })).status).toBe(409)
    })
  })
})
