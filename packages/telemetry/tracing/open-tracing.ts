import type { Tracing, TracingOptions } from './otlp-tracing.ts'

/** Sends spans to a collector. OpenTelemetry is loaded only here: it would make every start slower. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { otlpTracing } = await import('./otlp-tracing.ts')
  return otlpTracing(options)
}
