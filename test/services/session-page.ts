import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import type {
  joinSession,
  JoinedSession,
  Publication,
  SessionStream,
  Subscription,
} from '@carillon/client/sessions/join'
import type { App } from '@carillon/contract'
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { tokenFor } from './sessions.ts'

/** The names in a page's global scope. */
interface InPage {
  carillon: { joinSession: typeof joinSession }
  session: JoinedSession
  mine: Publication
  subscriptions: Map<string, Subscription>
  /** What was heard, by name, with a word about it. */
  heard: string[]
  navigator: { mediaDevices: { getUserMedia(what: object): Promise<NonNullable<Publication['media']>> } }
  document: {
    createElement(tag: 'video'): Video
    body: { append(video: Video): void }
    querySelectorAll(tag: 'video'): Iterable<Video>
  }
}

interface Video {
  id: string
  srcObject: unknown
  muted: boolean
  play(): Promise<void>
  getVideoPlaybackQuality(): { totalVideoFrames: number }
  videoWidth: number
}

let bundled: Promise<string> | undefined

/** The client, as a bundler makes it for a page without modules. */
function bundledClient(): Promise<string> {
  bundled ??= bundle()
  return bundled
}

async function bundle(): Promise<string> {
  const input = fileURLToPath(new URL('../../packages/client/sessions/join/index.ts', import.meta.url))
  const built = await rolldown({ input, platform: 'browser' })
  const { output } = await built.generate({ format: 'iife', name: 'carillon' })
  await built.close()
  return output[0].code
}

/** A page with a camera and a microphone that is in a session, and watches whatever is published there. */
export async function sessionPage(
  context: BrowserContext,
  { url }: { url: string },
  session: string,
  role = 'publisher',
  app?: App,
): Promise<Page> {
  const page = await context.newPage()
  await openPage(page, url)
  await page.evaluate(join, { url, sessionId: session, token: tokenFor(session, { role }, app) })
  return page
}

/** With the client in its global scope, as `carillon`. */
export async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/page`)
  await page.addScriptTag({ content: await bundledClient() })
}

/** Runs in the page. */
async function join(options: { url: string; sessionId: string; token: string }): Promise<void> {
  const scope = globalThis as unknown as InPage
  scope.heard = []
  scope.subscriptions = new Map()
  const session = await scope.carillon.joinSession(options.url, options)
  scope.session = session
  const watch = async (stream: SessionStream) => {
    const subscription = await session.subscribe(stream)
    scope.subscriptions.set(stream.id, subscription)
    const video = scope.document.createElement('video')
    Object.assign(video, { id: stream.id, srcObject: subscription.media, muted: true })
    scope.document.body.append(video)
    await video.play()
  }
  session.on('streamCreated', ({ stream }) => void watch(stream))
  session.on('streamDestroyed', ({ stream }) => scope.heard.push(`streamDestroyed ${stream.id}`))
  session.on('streamChanged', ({ stream }) => scope.heard.push(`streamChanged ${stream.hasAudio}`))
  session.on('muteForced', ({ streamIds }) => scope.heard.push(`muteForced ${streamIds.join()}`))
  session.on('reconnected', () => scope.heard.push('reconnected'))
  session.on('ended', ({ error }) => scope.heard.push(`ended ${error?.code}`))
}

const CAMERA = { audio: true, video: { width: 320, height: 240 } }

/** @param what of it @returns the stream's id */
export function publishCamera(page: Page, what: object = CAMERA): Promise<string> {
  return page.evaluate(async (wanted) => {
    const scope = globalThis as unknown as InPage
    const media = await scope.navigator.mediaDevices.getUserMedia(wanted)
    scope.mine = await scope.session.publish(media, { name: 'camera' })
    return scope.mine.stream!.id
  }, what)
}

/** Waits until so many more frames of a stream have been played. */
export async function plays(page: Page, stream: string, frames = 10): Promise<void> {
  const played = () =>
    page.evaluate((id) => {
      const videos = [...(globalThis as unknown as InPage).document.querySelectorAll('video')]
      return videos.find((video) => video.id === id)?.getVideoPlaybackQuality().totalVideoFrames ?? 0
    }, stream)
  const before = await played()
  await expect.poll(played, { timeout: 20_000 }).toBeGreaterThanOrEqual(before + frames)
}

export async function hears(page: Page, what: string): Promise<void> {
  await expect.poll(() => page.evaluate(() => (globalThis as unknown as InPage).heard)).toContain(what)
}

/** Runs in the page, with its global scope. */
export function inPage<T>(page: Page, run: (scope: InPage) => T | Promise<T>): Promise<T> {
  return page.evaluate(`(${String(run)})(globalThis)`)
}
