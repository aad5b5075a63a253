import { setTimeout as pause } from 'node:timers/promises'
import { errorCode } from '@carillon/contract'
import { streamSSE } from 'hono/streaming'
import type { ConsoleContext, ConsoleDeps } from './deps.ts'
import { LIVE, placeIn } from './view/link.ts'

/** Milliseconds between two looks at a page. */
const EVERY_MS = 2000
/** Milliseconds until the browser is told to open another stream, which may lead to another process. */
const LONGEST_MS = 300_000

/** Answers a request for a page of the console. */
type Render = (request: Request, bindings: object) => Response | Promise<Response>

/**
 * Sends the content of a page whenever it has changed, as a Server-Sent Event. Each look is a request of its own with the
 * visitor's cookie, so the stream ends when the session does.
 */
export function livePage({ stopping, log, liveEveryMs = EVERY_MS }: ConsoleDeps, render: Render) {
  return async (c: ConsoleContext): Promise<Response> => {
    const path = placeIn(c.req.query('path'))
    const look = async () => contentOf(await render(lookAt(path, c.req.raw), c.env))
    const first = path.startsWith(LIVE) ? undefined : await look()
    if (first === undefined) return c.body(null, 204) // the browser does not ask again
    c.header('X-Accel-Buffering', 'no') // nginx would keep what is sent until it is enough
    const follow = async (stream: {
      aborted: boolean
      writeSSE(message: { event: string; data: string }): Promise<void>
    }) => {
      const end = AbortSignal.any([stopping, AbortSignal.timeout(LONGEST_MS)])
      let last: string | undefined = first
      while (!stream.aborted && last !== undefined) {
        await pause(liveEveryMs, undefined, { signal: end }).catch(() => {})
        if (end.aborted) return
        const content = await look()
        if (content === undefined) await stream.writeSSE({ event: 'end', data: '' })
        else if (content !== last) await stream.writeSSE({ event: 'page', data: content })
        last = content
      }
    }
    const failed = async (error: Error) => log.warn({ error: errorCode(error) }, 'a live page of the console failed')
    return streamSSE(c, follow, failed)
  }
}

function lookAt(path: string, visit: Request): Request {
  return new Request(new URL(path, visit.url), { headers: visit.headers })
}

/** The content of a page in the console's frame; undefined for anything else, such as the way to the login. */
async function contentOf(page: Response): Promise<string | undefined> {
  return /<main id="content"[^>]*>([^]*)<\/main>/.exec(await page.text())?.[1]
}
