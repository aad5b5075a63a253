import { bare, bun, carillon, type Contender as Server, nchan, socketio } from '../fanout/contenders.ts'
import { Running } from '../fanout/running.ts'
import type { Benchmark, Contender } from '../benchmark.ts'

const SUBSCRIBERS = 500
const BURST = 200
const IN_FLIGHT = 200

export const fanout: Benchmark = {
  name: 'fanout',
  work: `100 bytes to ${SUBSCRIBERS} subscribers, the server on one core: ${BURST} messages at once, and one at a time`,
  targets: [
    { figure: 'burst/s', atLeast: 6 },
    { figure: 'burst/s', of: 'Bun', atLeast: 0.8 },
    { figure: 'burst/s', of: 'nchan', atLeast: 1.5 },
    { figure: 'one in flight/s', atLeast: 1.6 },
  ],
  rounds: 15, // they differ more than others'
  async open() {
    const running: Running[] = []
    const contender = async (server: Server): Promise<Contender> => {
      const one = await Running.start(server)
      running.push(one)
      await one.subscribe(SUBSCRIBERS)
      const round = async () => ({
        'burst/s': await one.burst(BURST),
        'one in flight/s': await one.oneInFlight(IN_FLIGHT),
      })
      return { name: server.name, round }
    }
    const own = await contender(carillon)
    const others: Contender[] = []
    for (const server of [...installed(), ...bare]) others.push(await contender(server))
    return {
      carillon: own,
      baselines: [await contender(socketio), ...others],
      async close() {
        for (const one of running) await one.stop()
      },
    }
  },
}

function installed(): Server[] {
  const servers = { 'Bun (there is none for this platform)': bun(), 'nchan (install libnginx-mod-nchan)': nchan() }
  return Object.entries(servers).flatMap(([name, server]) => {
    if (!server) console.log(`Without ${name}.`)
    return server ?? []
  })
}
