import type { Logger, Tracer } from '@carillon/contract'

export interface TracingOptions {
  /** Base URL of an OTLP collector, such as `http://localhost:4318`. */
  endpoint: string
  /** `service.name`, unless `OTEL_SERVICE_NAME` says otherwise. */
  service: string
  log: Logger
}

export interface Tracing {
  tracer: Tracer
  /** Hands over what was not sent yet, within 3 s. */
  close(): Promise<void>
}

/** Sends spans to a collector. OpenTelemetry is loaded only here: it would make every start slower. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { otlpTracing } = await import('./otlp-tracing.ts')
  return otlpTracing(options)
}
