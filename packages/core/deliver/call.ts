import type { Observer, Sender, Span, Tracer } from '@carillon/contract'

interface CallParts {
  observer: Observer
  tracer: Tracer
}

/** One call of a sender, timed, and traced under the first of its pushes' spans with links to the others. */
export async function timed<T>(
  { observer, tracer }: CallParts,
  { name: sender }: Sender,
  spans: readonly Span[],
  call: () => Promise<T>,
): Promise<T> {
  const [parent = null, ...links] = spans.map(({ traceparent }) => traceparent)
  const attributes = { 'carillon.sender': sender, 'carillon.pushes': spans.length }
  const span = tracer.begin({ name: `send ${sender}`, kind: 'client', parent, links, attributes })
  const startedAt = performance.now()
  let answered = false
  try {
    const answer = await tracer.within(span, call)
    answered = true
    return answer
  } finally {
    span.end(answered ? undefined : 'failed')
    const seconds = (performance.now() - startedAt) / 1000
    observer.called({ sender, pushes: spans.length, seconds, answered })
  }
}
