/** A push as observers hear of it: nothing of the person, nothing of the message. */
export interface ObservedPush {
  /** The id that its sender and its provider know; that of a broadcast's recipient ends with the pusher's id. */
  push: string
  app: number
  sender: string
}

/**
 * What became of one try. `later` is the sender's own plan, `failed` is tried again, `skipped` is a broadcast's
 * recipient without an address, `returned` was not sent because the worker stops or the broadcast does, and `lost`
 * was recorded by nobody here: the lease had run out, and another worker has the push; or, of a broadcast's recipient,
 * the pusher was removed meanwhile.
 */
export type ObservedOutcome = 'sent' | 'later' | 'failed' | 'dead' | 'skipped' | 'returned' | 'lost'

export interface ObservedTry extends ObservedPush {
  attempt: number
  outcome: ObservedOutcome
  /** Seconds until the next try. */
  delay?: number
}

/** A call of a sender, of one push or of many at once. */
export interface ObservedCall {
  sender: string
  pushes: number
  seconds: number
  /** False: it threw, or did not answer in time. */
  answered: boolean
}

/** Work that travels together: pushes written, given to free workers or taken by the others, outcomes written. */
export type BatchName = 'accept' | 'give' | 'take' | 'record' | 'recipients'

/**
 * Hears what happens to pushes, once it is committed; whoever wants to log or to count it listens. Called on the
 * busiest paths: an observer must be quick, and never throw.
 */
export interface Observer {
  accepted(push: ObservedPush): void
  broadcastAccepted(broadcast: { broadcast: string; app: number; sender: string }): void
  /** A try was recorded, or a push ended without one. */
  tried(push: ObservedTry): void
  cancelled(push: ObservedPush): void
  /** A dead push waits again. */
  replayed(push: ObservedPush): void
  called(call: ObservedCall): void
  batch(name: BatchName, size: number): void
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export interface SpanStart {
  name: string
  kind: 'server' | 'producer' | 'consumer' | 'client'
  /** W3C traceparent; null: the span starts a trace. Absent: the active span is its parent, if there is one. */
  parent?: string | null
  /** Traceparents of what the span does its work for, besides its parent. */
  links?: readonly (string | null)[]
  attributes?: SpanAttributes
}

export interface Span {
  /** W3C, to travel with whatever goes on elsewhere; null where nothing is traced. */
  readonly traceparent: string | null
  set(attributes: SpanAttributes): void
  /** Once. */
  end(status?: 'failed'): void
}

/** Follows a push over processes. */
export interface Tracer {
  begin(span: SpanStart): Span
  /** Runs work with the span active: for spans that begin in it, and for a sender's own instrumentation. */
  within<T>(span: Span, work: () => T): T
}

const noSpan: Span = { traceparent: null, set() {}, end() {} }

/** Traces nothing, at no cost. */
export const noTracer: Tracer = { begin: () => noSpan, within: (_, work) => work() }
