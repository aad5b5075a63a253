import type { Observer } from '@carillon/contract'
import type { Services } from 'carillon'

/** The value of one line of what Prometheus would read; undefined while there is none. */
export async function metric(services: Pick<Services, 'metrics'>, series: string): Promise<number | undefined> {
  const line = (await services.metrics.render()).split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

/** What was told, in order. */
export interface Heard extends Observer {
  heard: [event: string, about: object][]
}

export function hearing(): Heard {
  const heard: Heard['heard'] = []
  const hear = (event: string) => (about: object) => void heard.push([event, { ...about }])
  return {
    heard,
    accepted: hear('accepted'),
    broadcastAccepted: hear('broadcast'),
    tried: hear('tried'),
    cancelled: hear('cancelled'),
    replayed: hear('replayed'),
    called() {},
    batch() {},
  }
}
