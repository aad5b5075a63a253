import { within } from '@carillon/async'
import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { otelTracer } from './otel-tracer.ts'
import type { Tracing, TracingOptions } from './open-tracing.ts'

/** A collector that is away must not hold up a stop. */
const TIMEOUT_MS = 3000

/**
 * OpenTelemetry as it is meant to be set up: once in a process, so that a sender's own instrumentation joins in.
 * Sampler, headers and limits are those of the `OTEL_…` variables, which the SDK reads itself.
 */
export function otlpTracing({ endpoint, service, log }: TracingOptions): Tracing {
  tellTroubles(log)
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

function tellTroubles(log: TracingOptions['log']): void {
  const warn = (message: string) => log.warn({ detail: message }, 'trouble with OpenTelemetry')
  const ignore = () => {}
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN)
}
