import type { Span, SpanStart, Tracer } from '@carillon/contract'
import {
  context,
  type Context,
  type Link,
  type Span as OtelSpan,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer as OtelTracer,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'

const KIND: Record<SpanStart['kind'], SpanKind> = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
}

/** Our few calls on OpenTelemetry's. */
export function otelTracer(tracer: OtelTracer): Tracer {
  const spans = new WeakMap<Span, OtelSpan>()
  return {
    begin(start) {
      const span = tracer.startSpan(start.name, optionsOf(start), parentOf(start))
      const ours = wrap(span)
      spans.set(ours, span)
      return ours
    },
    within(ours, work) {
      const span = spans.get(ours)
      return span ? context.with(trace.setSpan(context.active(), span), work) : work()
    },
  }
}

function optionsOf({ kind, attributes = {}, links = [] }: SpanStart) {
  const linked = links.flatMap((link): Link[] => {
    const linkContext = remote(link)
    return linkContext ? [{ context: linkContext }] : []
  })
  return { kind: KIND[kind], attributes, links: linked }
}

function parentOf({ parent }: SpanStart): Context {
  const active = context.active()
  if (parent === undefined) return active
  const parentContext = remote(parent)
  return parentContext ? trace.setSpanContext(active, parentContext) : trace.deleteSpan(active)
}

/** Undefined for what is no traceparent: a caller may send anything. */
function remote(traceparent: string | null): SpanContext | undefined {
  const parsed = traceparent === null ? null : parseTraceParent(traceparent)
  return parsed ? { ...parsed, isRemote: true } : undefined
}

function wrap(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    set: (attributes) => void span.setAttributes(attributes),
    end(status) {
      if (status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}
