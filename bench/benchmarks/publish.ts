import type { Benchmark } from '../benchmark.ts'
import { eventRequests } from '../event-requests.ts'
import { carillon } from '../fanout/contenders.ts'
import { Subscribers } from '../fanout/subscribers.ts'
import { HttpLoad } from '../http-load.ts'
import { credentials } from '../push-requests.ts'
import { startRole } from '../role.ts'
import { openStage } from './stage.ts'

const EVENTS = 5_000
const CONNECTIONS = 64

export const publish: Benchmark = {
  name: 'publish',
  work: `signed events over Pusher's HTTP API, ${CONNECTIONS} connections, until the one subscriber has all of them`,
  targets: [{ figure: 'events/s', atLeast: 0.7 }],
  async open() {
    const stage = await openStage()
    const realtime = await startRole('realtime', stage.servers)
    stage.atEnd(realtime.stop)
    const subscriber = new Subscribers({ ...carillon.dialect, path: `/app/${credentials.key}?protocol=7` })
    await subscriber.open(realtime.port, 1)
    stage.atEnd(async () => subscriber.close())
    const bare = await stage.baseline('signed-route')
    const [own, other] = [openLoad(realtime.port), openLoad(await bare.ask('port'))]
    return {
      carillon: publishing('carillon', () => Promise.all([subscriber.expect(EVENTS), own.run(eventRequests(EVENTS))])),
      baselines: [publishing('bare Hono route, same checks', () => other.run(eventRequests(EVENTS)))],
      close: stage.close,
    }
  },
}

const openLoad = (port: number) => new HttpLoad(port, CONNECTIONS)

function publishing(name: string, publishAll: () => Promise<unknown>) {
  return {
    name,
    async round() {
      const begun = performance.now()
      await publishAll()
      return { 'events/s': (EVENTS * 1000) / (performance.now() - begun) }
    },
  }
}
