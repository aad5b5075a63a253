import type { Services } from 'carillon'

/** The value of one line of what Prometheus would read; undefined while there is none. */
export async function metric(services: Pick<Services, 'metrics'>, series: string): Promise<number | undefined> {
  const line = (await services.metrics.render()).split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}
