import type { Channel } from 'pusher-js'

/**
 * A code and a sentence, as a CarillonError has them; that one would bring Node along into a browser.
 * `forbidden`: the application or the server refused, or the application could not be asked.
 * `unavailable`: the connection has ended for good.
 */
export class LiveError extends Error {
  override readonly name = 'LiveError'
  readonly code: 'forbidden' | 'unavailable'
  constructor(code: LiveError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export type PusherJs = Channel['pusher']

/** Anything of pusher-js that has events. */
interface Emitter {
  bind(event: string, listener: (data: unknown) => void): unknown
  unbind(event: string, listener: (data: unknown) => void): unknown
}

/** What an answer looks like: an event of an emitter, which may have to come more than once to be one. */
export interface Awaited {
  yes: [Emitter, event: string, isAnswer?: () => boolean]
  no: [Emitter, event: string]
}

/**
 * Waits until one of the two events arrives. It goes on waiting while the connection is lost and restored.
 * @throws LiveError
 */
export function outcome({ connection }: PusherJs, { yes, no }: Awaited): Promise<void> {
  const [, , isAnswer = () => true] = yes
  const bound: [Emitter, string, (data: unknown) => void][] = []
  const on = ([emitter, event]: [Emitter, string, ...unknown[]], listener: (data: unknown) => void) => {
    bound.push([emitter, event, listener])
    emitter.bind(event, listener)
  }
  const heard = new Promise<void>((resolve, reject) => {
    let reason = ''
    const end = () => reject(ended(reason))
    on(yes, () => {
      if (isAnswer()) resolve()
    })
    on(no, (refusal) => reject(new LiveError('forbidden', sentenceOf(refusal))))
    on([connection, 'error'], (error) => (reason = reasonOf(error)))
    for (const state of ['disconnected', 'failed']) on([connection, state], end)
    if (['disconnected', 'failed'].includes(connection.state)) end()
  })
  return heard.finally(() => {
    for (const [emitter, event, listener] of bound) emitter.unbind(event, listener)
  })
}

function sentenceOf(refusal: unknown): string {
  return (refusal as { error?: string }).error ?? 'The server refused'
}

/** The close code that pusher-js reports. */
function reasonOf(error: unknown): string {
  const { data } = (error as { error?: { data?: { code?: number; message?: string } } }).error ?? {}
  return data?.code ? `: ${data.code} ${data.message ?? ''}` : ''
}

function ended(reason: string): LiveError {
  return new LiveError('unavailable', `The connection was closed and will not be restored${reason}`)
}
