import type { MediaPiece, MediaRecorder, RecordedCallOptions } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { strFromU8, unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { join, newApp, newSession, onEveryDatabase, type SessionsStage } from './sessions-stage.ts'

interface Archive {
  id: string
  status: string
  reason: string
  url: string
  hasAudio: boolean
  hasVideo: boolean
}

interface Call {
  options: RecordedCallOptions
  offers: string[]
  candidates: object[]
  ended: boolean
}

/** Stands in for WebRTC: what is offered and what comes is the test's own. */
function fakeMedia() {
  const calls: Call[] = []
  const open: MediaRecorder['open'] = (options) => {
    const call: Call = { options, offers: [], candidates: [], ended: false }
    calls.push(call)
    return {
      async offer(sdp) {
        if (!sdp.startsWith('v=0')) throw new Error('not understood')
        call.offers.push(sdp)
        return `answer to ${sdp}`
      },
      candidate: (candidate) => void call.candidates.push(candidate),
      async end() {
        call.ended = true
        options.ended('')
      },
    }
  }
  return { calls, media: () => ({ open, stop: async () => {} }) }
}

const { calls, media } = fakeMedia()

function piece(text: string, has: Partial<MediaPiece> = {}): MediaPiece {
  const usual = { isHeader: false, hasAudio: true, hasVideo: false, startedAt: Date.now(), duration: 1500 }
  return { bytes: Buffer.from(text), ...usual, ...has }
}

async function inSession(stage: SessionsStage) {
  const { app, sdk } = await newApp(stage)
  const session = await newSession(sdk)
  const archive = async (id: string) => (await sdk.ask('getArchive', id))[0] as Archive
  return {
    ask: sdk.ask,
    session,
    joins: () => join(stage, app, session, 'name=Ann'),
    start: async (wish: object = {}) =>
      (await sdk.ask('startArchive', session, { outputMode: 'individual', ...wish }))[0] as Archive,
    /** Stops it, and waits until it is put together. */
    ends: async ({ id }: Archive) => {
      await sdk.ask('stopArchive', id)
      return waitFor(async () => archive(id).then((one) => one.status === 'available' && one), { what: 'available' })
    },
    archive,
  }
}

async function linesOf({ url }: Archive) {
  const text = await (await fetch(url)).text()
  return readLines(text)
}

function readLines(text: string) {
  const lines = text.trim().split('\n')
  return lines.map((line) => JSON.parse(line) as { type: string; [field: string]: unknown })
}

async function filesOf({ url }: Archive) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer())
  return Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]))
}

const manifestOf = ({ id }: Archive, files: Record<string, string>) =>
  JSON.parse(files[`${id}.json`]!) as { files: { filename: string; [field: string]: unknown }[] }

onEveryDatabase('what archives record', (served) => {
  const current = served({ media, archiveTimes: { look: 0.02, lastLines: 0.2 } })

  describe('an archive of single streams', () => {
    it('without a connection of a publisher says that it has no media', async () => {
      const { joins, start, ends } = await inSession(current())
      const ann = await joins()
      const { id: streamId } = await ann.publishes()
      const archive = await start()
      const from = `recorder:${archive.id}`
      expect(await ann.hears({ type: 'subscribe' })).toEqual({ type: 'subscribe', from, streamId })
      const available = await ends(archive)
      await ann.hears({ type: 'unsubscribe', from })
      expect(available).toMatchObject({ hasAudio: false, hasVideo: false })
      expect(available.reason).toMatch(/^No media was recorded: .*No client that published opened a connection/)
      expect((await linesOf(available)).find(({ type }) => type === 'mediaEnded')).toMatchObject({
        archive: archive.id,
        streamId,
        hasAudio: false,
        hasVideo: false,
        size: 0,
        reason: expect.stringContaining('opened no connection') as string,
      })
    })

    it('asks those who publish later, and keeps in order what comes until they end', async () => {
      const { joins, start, ends, archive } = await inSession(current())
      const ann = await joins()
      const running = await start()
      const { id: streamId } = await ann.publishes({ name: 'desk', videoType: 'screen' })
      const { from: to } = await ann.hears({ type: 'subscribe', streamId })
      const said = { to, streamId }
      expect(await ann.asks({ type: 'offer', ...said, sdp: 'v=0 mine' })).toEqual({ type: 'done' })
      expect(await ann.hears({ type: 'answer' })).toEqual({
        type: 'answer',
        from: to,
        streamId,
        sdp: 'answer to v=0 mine',
      })
      const call = calls.at(-1)!
      await ann.asks({ type: 'candidate', ...said, candidate: { candidate: 'candidate:1', sdpMid: '0' } })
      expect([call.options.hasAudio, call.options.hasVideo]).toEqual([true, true])
      expect(call.candidates).toEqual([{ candidate: 'candidate:1', sdpMid: '0' }])
      call.options.wrote(piece('header', { isHeader: true }))
      for (const text of [' one', ' two']) call.options.wrote(piece(text))
      await waitFor(async () => (await archive(running.id)).hasAudio)
      expect(await archive(running.id)).toMatchObject({ hasVideo: false, reason: '', status: 'started' })
      call.options.wrote(piece('HEADER', { isHeader: true, hasVideo: true, duration: 2500 }))
      await ann.asks({ type: 'unpublish', streamId })
      await waitFor(() => call.ended)

      const available = await ends(running)
      expect(available).toMatchObject({ hasAudio: true, hasVideo: true, reason: '' })
      const files = await filesOf(available)
      const [file] = manifestOf(running, files).files
      expect(file).toMatchObject({
        streamId,
        name: 'desk',
        videoType: 'screen',
        connectionData: 'name=Ann',
        size: 14,
        reason: 'The stream ended.',
      })
      expect(Number(file!.stopTimeOffset) - Number(file!.startTimeOffset)).toBe(2500)
      expect(files[file!.filename]).toBe('HEADER one two')
      const ended = readLines(files['events.jsonl']!).filter(({ type }) => type === 'mediaEnded')
      expect(ended).toMatchObject([{ streamId, hasAudio: true, hasVideo: true, duration: 3, size: 14 }])
    })

    it('ends what is recorded of a publisher that is gone', async () => {
      const { joins, start, ends } = await inSession(current())
      const ann = await joins()
      const { id: streamId } = await ann.publishes()
      const archive = await start()
      const { from: to } = await ann.hears({ type: 'subscribe' })
      await ann.asks({ type: 'offer', to, streamId, sdp: 'v=0' })
      const call = calls.at(-1)!
      ann.terminate()
      await waitFor(() => call.ended)
      expect(await ends(archive)).toMatchObject({ hasAudio: false, hasVideo: false })
    })

    it('in manual mode is of the streams that were chosen, and of what was chosen of them', async () => {
      const { ask, joins, start, ends } = await inSession(current())
      const ann = await joins()
      const [one, other] = [await ann.publishes(), await ann.publishes()]
      const archive = await start({ streamMode: 'manual', hasAudio: true })
      await ask('addArchiveStream', archive.id, other.id, { hasVideo: false })
      const { from: to, streamId } = await ann.hears({ type: 'subscribe' })
      expect(streamId).toBe(other.id)
      await ann.asks({ type: 'offer', to, streamId, sdp: 'v=0' })
      expect(calls.at(-1)!.options).toMatchObject({ hasAudio: true, hasVideo: false })
      expect(await ann.asks({ type: 'offer', to, streamId: one.id, sdp: 'v=0' })).toMatchObject({ code: 404 })
      await ask('removeArchiveStream', archive.id, other.id)
      await ann.hears({ type: 'unsubscribe', streamId })
      await ends(archive)
      expect((await ann.rest()).filter(({ type }) => type === 'subscribe')).toEqual([])
    })

    it.each([
      ['composed', { outputMode: 'composed' }, 'Media is recorded with the outputMode individual.'],
      ['of neither sound nor picture', { hasAudio: false, hasVideo: false }, 'as JSON Lines.'],
    ])('that is %s asks nobody, and says why it has no media', async (_, wish, reason) => {
      const { joins, start, ends } = await inSession(current())
      const ann = await joins()
      await ann.publishes()
      const archive = await start(wish)
      await ann.hears({ type: 'archiveStarted' })
      expect((await ends(archive)).reason).toMatch(new RegExp(`^No media was recorded.*${reason}$`))
      expect((await ann.rest()).filter(({ type }) => type === 'subscribe')).toEqual([])
    })

    it('refuses what a recorder cannot use, and what is not for it', async () => {
      const { joins, start } = await inSession(current())
      const [ann, bob] = [await joins(), await joins()]
      const { id: streamId } = await ann.publishes()
      const { id: to } = await start().then(({ id }) => ({ id: `recorder:${id}` }))
      await ann.hears({ type: 'subscribe' })
      const offer = { type: 'offer', to, streamId, sdp: 'v=0' }
      expect(await ann.asks({ ...offer, sdp: 'nonsense' })).toMatchObject({ code: 400 })
      expect(await ann.asks({ ...offer, to: `${to}0` })).toMatchObject({ code: 404 })
      expect(await bob.asks(offer)).toMatchObject({ code: 403 })
      await bob.asks({ type: 'subscribe', streamId })
      const candidate = { type: 'candidate', to, streamId, candidate: { candidate: 'c' } }
      expect(await bob.asks(candidate)).toMatchObject({ code: 403 })
    })

    it('says which media is cut off because a server went down', async () => {
      const { joins, start, ends } = await inSession(current())
      await joins()
      const archive = await start()
      const { files } = current().store.archives
      const stream = { connectionData: '', videoType: 'camera', name: '' }
      const id = (await files.begin(archive.id, { streamId: 'its', stream, startedAt: Date.now() }))!
      await files.write(id, [{ place: 0, piece: piece('so far', { isHeader: true }) }])
      const available = await ends(archive)
      expect(available.reason).toMatch(/^The media of 1 streams is incomplete/)
      const kept = await filesOf(available)
      expect(manifestOf(archive, kept).files).toMatchObject([
        { streamId: 'its', reason: expect.stringMatching('incomplete') as string },
      ])
      expect(kept[`${id}.webm`]).toBe('so far')
      expect(await files.write(id, [{ place: 1, piece: piece('late') }])).toBe(false)
      expect(await files.begin(archive.id, { streamId: 'late', stream, startedAt: 0 })).toBeNull()
    })
  })
})
