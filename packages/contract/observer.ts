/** A push as observers see it, without personal data and without the message. */
export interface ObservedPush {
  /** The id that the sender and the provider know. For a broadcast's recipient it ends with the pusher's id. */
  push: string
  app: number
  sender: string
}

/**
 * The outcome of one attempt. `later`: the sender put it off. `failed`: it will be retried. `skipped`: the pusher
 * has switched off its category, or a broadcast's recipient has no address. `deferred`: it waits for the end of the
 * pusher's quiet hours. `returned`: it was not sent, because the worker or the broadcast stops. `lost`: this worker
 * recorded nothing, because its lease had expired and another worker has the push, or because the pusher of a
 * broadcast's recipient was removed meanwhile.
 */
export type ObservedOutcome = 'sent' | 'later' | 'failed' | 'dead' | 'skipped' | 'deferred' | 'returned' | 'lost'

export interface ObservedTry extends ObservedPush {
  attempt: number
  outcome: ObservedOutcome
  /** Seconds until the next try. */
  delay?: number
}

/** A call of a sender with one push or many. */
export interface ObservedCall {
  sender: string
  pushes: number
  seconds: number
  /** False: it threw, or did not answer in time. */
  answered: boolean
}

/** Kinds of batches: pushes accepted, dispatched to idle workers or claimed, outcomes recorded. */
export type BatchName = 'accept' | 'give' | 'take' | 'record' | 'recipients'

/**
 * Receives what happens to pushes, once it is committed, for logs and metrics. It is called on the busiest paths, so
 * an observer must be fast and must not throw.
 */
export interface Observer {
  accepted(push: ObservedPush): void
  broadcastAccepted(broadcast: { broadcast: string; app: number; sender: string }): void
  /** An attempt was recorded, or a push ended without one. */
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
  /** Called once. */
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
