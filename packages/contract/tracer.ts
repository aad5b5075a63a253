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
