import type { Benchmark, Contender } from '../benchmark.ts'
import { carillon, type Contender as Server, socketio } from '../fanout/contenders.ts'
import { Running } from '../fanout/running.ts'

const CONNECTIONS = 10_000
/** So that what a server loads with its first connections does not count. */
const WARM_UP = 100

export const connections: Benchmark = {
  name: 'connections',
  work: `what each of ${CONNECTIONS.toLocaleString('en')} idle connections on one channel adds to the server's memory`,
  targets: [{ figure: 'KB each', atMost: 0.5 }],
  async open() {
    return { carillon: idling(carillon), baselines: [idling(socketio)], close: async () => {} }
  },
}

function idling(server: Server): Contender {
  return {
    name: server.name,
    async round() {
      const running = await Running.start(server)
      try {
        await running.subscribe(WARM_UP)
        const before = await running.memory()
        await running.subscribe(CONNECTIONS)
        return { 'KB each': ((await running.memory()) - before) / CONNECTIONS / 1024 }
      } finally {
        await running.stop()
      }
    },
  }
}
