import {
  type Context,
  context,
  diag,
  DiagLogLevel,
  type Link,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { within } from '@carillon/async'
import type { Logger, Span, SpanStart, Tracer } from '@carillon/contract'

export interface TracingOptions {
  /** Base URL of an OTLP collector, such as `http://localhost:4318`. */
  endpoint: string
  /** `service.name`, unless `OTEL_SERVICE_NAME` says otherwise. */
  service: string
  log: Logger
}

export interface Tracing {
  tracer: Tracer
  /** Sends the remaining spans, within 3 s. */
  close(): Promise<void>
}

/** A collector that is away must not hold up a stop. */
const TIMEOUT_MS = 3000

/**
 * OpenTelemetry as it is meant to be set up: once in a process, so that a sender's own instrumentation joins in.
 * Sampler, headers and limits are those of the `OTEL_…` variables, which the SDK reads itself.
 */
export function otlpTracing({ endpoint, service, log }: TracingOptions): Tracing {
  logTroubles(log)
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  return {
    tracer: otelTracer(provider.getTracer('carillon')),
    close: () => within(TIMEOUT_MS, provider.shutdown(), () => new Error('late')).catch(() => {}),
  }
}

function logTroubles(log: TracingOptions['log']): void {
  const warn = (message: string) => log.warn({ detail: message }, 'traces could not be exported')
  const ignore = () => {}
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN)
}

const KIND: Record<SpanStart['kind'], SpanKind> = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
}

/** Carillon's tracer, as a few calls of OpenTelemetry's. */
function otelTracer(tracer: OtelTracer): Tracer {
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

/** Undefined for text that is not a traceparent: a caller may send anything. */
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
