import { setTimeout as pause } from 'node:timers/promises'
import { CarillonError } from '@carillon/contract'
import type { SSEStreamingApi } from 'hono/streaming'
import { audited } from './access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from './deps.ts'
import { EventBuffer } from './event-buffer.ts'
import { followPage, lookAt, type Render, seenBy, serverSentEvents } from './live.ts'
import { eventFilter, LIVE_CHANNELS, SHOWN } from './pages/live-channels.ts'
import { eventRows } from './view/events.ts'
import { placeIn } from './view/link.ts'

/** Milliseconds between two batches of events. */
const BATCH_MS = 250
/** Milliseconds of silence after which a proxy might end the stream. */
const SILENCE_MS = 20_000

/**
 * Follows the page of live channels, and sends the events that pass, in batches. With `data=shown` their data are not masked,
 * which is written down once for the stream.
 */
export function eventStream(deps: ConsoleDeps, render: Render) {
  return async (c: ConsoleContext): Promise<Response> => {
    if (c.req.method === 'HEAD') return c.body(null) // nobody would read a stream to its end
    const look = lookAt(c, render, placeIn(LIVE_CHANNELS + new URL(c.req.url).search))
    const first = await look()
    if (first === undefined) return c.body(null, 204) // the browser does not ask again
    const showsData = c.req.query('data') === SHOWN
    const buffer = new EventBuffer(eventFilter(c), showsData)
    const open = () => watch(c, deps, buffer)
    const stop = showsData ? await audited(c, deps, readingEvents(c), open) : await open()
    return serverSentEvents(c, deps.log, async (stream) => {
      const over = new AbortController()
      const end = AbortSignal.any([deps.stopping, over.signal])
      stream.onAbort(() => over.abort())
      const watchfully = async () => {
        const content = await look()
        if (content === undefined) over.abort()
        return content
      }
      const following = followPage(stream, deps, { look: watchfully, first, seen: seenBy(c), end }).finally(() =>
        over.abort(),
      )
      try {
        await Promise.all([following, sendEvents(stream, buffer, end)])
      } finally {
        await stop()
      }
    })
  }
}

/** @throws CarillonError `forbidden` for who may not read messages */
function readingEvents(c: ConsoleContext) {
  if (c.get('visitor').role !== 'admin')
    throw new CarillonError('forbidden', 'Your account cannot read the data of events.')
  return { action: 'events.read', target: '' }
}

async function watch(c: ConsoleContext, { live }: ConsoleDeps, buffer: EventBuffer): Promise<() => Promise<void>> {
  try {
    return await (await live()).watch(c.get('app').id, (event) => buffer.take(event))
  } catch (cause) {
    throw new CarillonError('unavailable', 'Redis cannot be reached, so no events can be shown.', { cause })
  }
}

/** A browser that reads slowly gets the next batch only when it has read the last one. */
async function sendEvents(stream: SSEStreamingApi, buffer: EventBuffer, end: AbortSignal): Promise<void> {
  let silentSince = performance.now()
  while (!end.aborted) {
    await pause(BATCH_MS, undefined, { signal: end }).catch(() => {})
    const drained = end.aborted ? undefined : buffer.drain()
    if (drained) await stream.writeSSE({ event: 'events', data: (await eventRows(drained)).toString() })
    else if (performance.now() - silentSince >= SILENCE_MS) await stream.write(':\n\n')
    else continue
    silentSince = performance.now()
  }
}
