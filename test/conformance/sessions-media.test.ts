import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { mediaRecorder } from '@carillon/media'
import { waitFor } from '@carillon/testkit'
import { strFromU8, unzipSync } from 'fflate'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hasChromium, person, startChromium } from '../services/chromium.ts'
import { hasFfprobe, probe } from '../services/ffprobe.ts'
import { inPage, publishCamera, sessionPage } from '../services/session-page.ts'
import { newApp, newSession, onEveryDatabase, type SessionsStage } from './sessions-stage.ts'

interface Archive {
  id: string
  status: string
  url: string
  size: number
  sha256sum: string
}

interface Manifest {
  files: {
    streamId: string
    filename: string
    hasAudio: boolean
    hasVideo: boolean
    size: number
    startTimeOffset: number
    stopTimeOffset: number
  }[]
}

/** Browsers, their cameras and calls on a busy machine. */
const TIMEOUT_MS = 20_000

async function inSession(stage: SessionsStage, browser: Browser) {
  const { app, sdk } = await newApp(stage)
  const session = await newSession(sdk)
  const one = async (id: string) => (await sdk.ask('getArchive', id))[0] as Archive
  return {
    start: async (wish: object) =>
      (await sdk.ask('startArchive', session, { outputMode: 'individual', ...wish }))[0] as Archive,
    stop: async ({ id }: Archive) => void (await sdk.ask('stopArchive', id)),
    available: ({ id }: Archive) =>
      waitFor(async () => one(id).then((archive) => archive.status === 'available' && archive), {
        what: 'available',
        timeout: TIMEOUT_MS,
      }),
    page: async () => {
      const at = { url: `http://127.0.0.1:${stage.port}` }
      return sessionPage(await person(browser), at, session, 'publisher', app)
    },
    /** Waits until so many milliseconds of a stream are kept. */
    recorded: ({ id }: Archive, streamId: string, least: number) =>
      expect
        .poll(
          async () => {
            const files = await stage.store.archives.files.list(id)
            return files.find((file) => file.streamId === streamId)?.duration
          },
          { timeout: TIMEOUT_MS, interval: 100, message: `media of ${streamId}` },
        )
        .toBeGreaterThanOrEqual(least),
  }
}

async function unpacked({ url, size, sha256sum }: Archive) {
  const response = await fetch(url)
  const bytes = new Uint8Array(await response.arrayBuffer())
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip'])
  expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([size, sha256sum])
  return unzipSync(bytes)
}

async function probed(name: string, bytes: Uint8Array) {
  const folder = await mkdtemp(joinPath(tmpdir(), 'carillon-media-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = joinPath(folder, name)
  await writeFile(file, bytes)
  return probe(file)
}

describe.skipIf(!hasChromium || !hasFfprobe)('media of a session', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
  })
  afterAll(() => browser?.close())

  onEveryDatabase('in Chromium', (served) => {
    const current = served({ media: mediaRecorder, archiveTimes: { look: 0.05, lastLines: 0.5 } })
    it('is recorded, a WebM file for each stream', { timeout: 4 * TIMEOUT_MS }, async () => {
      const { start, stop, available, page, recorded } = await inSession(current(), browser)
      const ann = await page()
      const annsStream = await publishCamera(ann)
      const archive = await start({ name: 'talk' })
      expect(archive).toMatchObject({ hasAudio: false, hasVideo: false, reason: 'No media has arrived so far.' })
      await recorded(archive, annsStream, 0)
      const bob = await page()
      const bobsStream = await publishCamera(bob, { audio: true })
      await recorded(archive, bobsStream, 1000)
      await inPage(bob, ({ mine }) => mine.end())
      await recorded(archive, annsStream, 2500)
      await stop(archive)
      const kept = await available(archive)
      expect(kept).toMatchObject({ hasAudio: true, hasVideo: true, reason: '', outputMode: 'individual' })
      const files = await unpacked(kept)
      const manifest = JSON.parse(strFromU8(files[`${archive.id}.json`]!)) as Manifest
      expect(manifest.files).toMatchObject([
        { streamId: annsStream, hasAudio: true, hasVideo: true, videoType: 'camera', name: 'camera', reason: '' },
        { streamId: bobsStream, hasAudio: true, hasVideo: false, reason: 'The stream ended.' },
      ])
      for (const { filename, size, hasVideo, startTimeOffset, stopTimeOffset } of manifest.files) {
        const bytes = files[filename]!
        expect(bytes.length).toBe(size)
        const { format, streams, packets } = await probed(filename, bytes)
        const codecs = streams.map(({ codec_name, width, height }) =>
          [codec_name, width, height].filter(Boolean).join(' '),
        )
        expect(codecs).toEqual(hasVideo ? ['opus', 'vp8 320 240'] : ['opus'])
        expect(Number(format.duration) * 1000).toBeCloseTo(stopTimeOffset - startTimeOffset, -2)
        const of = (kind: string) => packets.filter(({ codec_type }) => codec_type === kind)
        expect(of('audio').length).toBeGreaterThan(30)
        expect(of('video').length > 5).toBe(hasVideo)
        expect(of('video')[0]?.flags ?? 'none').toMatch(hasVideo ? /K/ : /none/)
      }
      const events = strFromU8(files['events.jsonl']!).trim().split('\n')
      const ended = events
        .map((line) => JSON.parse(line) as { type: string; streamId: string })
        .filter(({ type }) => type === 'mediaEnded')
      expect(ended.map(({ streamId }) => streamId)).toEqual([bobsStream, annsStream])
    })
  })
})
