import type { Observer, Sender, Span, Tracer } from '@carillon/contract'

interface CallParts {
  observer: Observer
  tracer: Tracer
}

/** A call of a sender that has begun. */
export interface BegunCall {
  /** Traced under the first of its pushes' spans, with links to the others. */
  span: Span
  /** Once. @param answered false: it threw, or did not answer in time */
  end(answered: boolean): void
}

/** Begins the time and the trace of one call. */
export function beginCall(
  { observer, tracer }: CallParts,
  { name: sender }: Sender,
  spans: readonly Span[],
): BegunCall {
  const [parent = null, ...links] = spans.map(({ traceparent }) => traceparent)
  const attributes = { 'carillon.sender': sender, 'carillon.pushes': spans.length }
  const span = tracer.begin({ name: `send ${sender}`, kind: 'client', parent, links, attributes })
  const startedAt = performance.now()
  return {
    span,
    end(answered) {
      span.end(answered ? undefined : 'failed')
      const seconds = (performance.now() - startedAt) / 1000
      observer.called({ sender, pushes: spans.length, seconds, answered })
    },
  }
}
