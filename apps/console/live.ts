import { setTimeout as pause } from 'node:timers/promises'
import { errorCode, type Logger } from '@carillon/contract'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { ConsoleContext, ConsoleDeps } from './deps.ts'
import { LIVE, placeIn } from './view/link.ts'
import { markOf, SEEN } from './view/mark.ts'

/** Milliseconds between two looks at a page. */
const EVERY_MS = 2000
/** Milliseconds until the browser is told to open another stream, which may lead to another process. */
const LONGEST_MS = 300_000

/** Answers a request for a page of the console. */
export type Render = (request: Request, bindings: object) => Response | Promise<Response>

/** Sends the content of a page whenever it has changed, as a Server-Sent Event. */
export function livePage(deps: ConsoleDeps, render: Render) {
  return async (c: ConsoleContext): Promise<Response> => {
    const path = placeIn(c.req.query('path'))
    const look = lookAt(c, render, path)
    const first = path.startsWith(LIVE) ? undefined : await look()
    if (first === undefined) return c.body(null, 204) // the browser does not ask again
    const end = AbortSignal.any([deps.stopping, AbortSignal.timeout(LONGEST_MS)])
    return serverSentEvents(c, deps.log, (stream) => followPage(stream, deps, { look, first, seen: seenBy(c), end }))
  }
}

export interface FollowedPage {
  /** The page's content; undefined once there is none. */
  look(): Promise<string | undefined>
  /** The content as the stream opens. */
  first: string
  /** The mark of what the browser shows; absent: the same as `first`. */
  seen?: string | undefined
  end: AbortSignal
}

/** Sends a page's content whenever it differs from what the browser shows, until there is none or `end`. */
export async function followPage(
  stream: SSEStreamingApi,
  { liveEveryMs = EVERY_MS }: Pick<ConsoleDeps, 'liveEveryMs'>,
  { look, first, seen = markOf(first), end }: FollowedPage,
): Promise<void> {
  let shown = seen
  let content: string | undefined = first
  while (content !== undefined) {
    const mark = markOf(content)
    if (mark !== shown) await stream.writeSSE({ event: 'page', data: content, id: mark })
    shown = mark
    await pause(liveEveryMs, undefined, { signal: end }).catch(() => {})
    if (end.aborted || stream.aborted) return
    content = await look()
  }
  await stream.writeSSE({ event: 'end', data: '' })
}

/**
 * The mark of what the browser shows as it opens a stream. When it opens one again by itself, it names the last event that it
 * received, as the specification of Server-Sent Events says.
 */
export function seenBy(c: ConsoleContext): string | undefined {
  return c.req.header('last-event-id') || c.req.query(SEEN)
}

/** Looks at a page. Each look is a request of its own with the visitor's cookie, so there is no content once the session has ended. */
export function lookAt(c: ConsoleContext, render: Render, path: string): () => Promise<string | undefined> {
  const { url, headers } = c.req.raw
  return async () => contentOf(await render(new Request(new URL(path, url), { headers }), c.env))
}

/** Answers with what `send` sends. If it fails, the stream ends, and the reason is logged. */
export function serverSentEvents(
  c: ConsoleContext,
  log: Logger,
  send: (stream: SSEStreamingApi) => Promise<void>,
): Response {
  c.header('X-Accel-Buffering', 'no') // nginx would keep what is sent until it is enough
  // Not by streamSSE's own way, which also sends the message of the error to the browser
  return streamSSE(c, async (stream) => {
    try {
      await send(stream)
    } catch (error) {
      log.warn({ error: errorCode(error) }, 'a live page of the console failed')
    }
  })
}

/** The content of a page in the console's frame; undefined for anything else, such as the way to the login or a stream. */
async function contentOf(page: Response): Promise<string | undefined> {
  if (page.headers.get('content-type')?.startsWith('text/html')) {
    return /<main id="content"[^>]*>([^]*)<\/main>/.exec(await page.text())?.[1]
  }
  await page.body?.cancel()
  return undefined
}
