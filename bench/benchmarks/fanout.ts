import { bare, bun, carillon, type Contender as Server, nchan, socketio } from '../fanout/contenders.ts'
import { Running } from '../fanout/running.ts'
import type { Benchmark, Contender, Figures } from '../benchmark.ts'

const SUBSCRIBERS = 500

/** How many bursts of each size a round has, by the number of messages in a burst. */
const BURSTS = new Map([
  [1, 200],
  [10, 20],
  [200, 1],
])

export const fanout: Benchmark = {
  name: 'fanout',
  work: `100 bytes to ${SUBSCRIBERS} subscribers, the server on one core: bursts of 1, 10 and 200 messages`,
  targets: [
    { figure: 'bursts of 200/s', atLeast: 6 },
    { figure: 'bursts of 200/s', of: 'Bun', atLeast: 0.8 },
    { figure: 'bursts of 200/s', of: 'nchan', atLeast: 1.5 },
    { figure: 'bursts of 1/s', atLeast: 1.6 },
  ],
  rounds: 15, // they differ more than others'
  async open() {
    const running: Running[] = []
    const contender = async (server: Server): Promise<Contender> => {
      const one = await Running.start(server)
      running.push(one)
      await one.subscribe(SUBSCRIBERS)
      return { name: server.name, round: () => bursts(one) }
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

async function bursts(server: Running): Promise<Figures> {
  const figures: Figures = {}
  for (const [size, times] of BURSTS) figures[`bursts of ${size}/s`] = await server.bursts({ size, times })
  return figures
}

function installed(): Server[] {
  const servers = { 'Bun (there is none for this platform)': bun(), 'nchan (install libnginx-mod-nchan)': nchan() }
  return Object.entries(servers).flatMap(([name, server]) => {
    if (!server) console.log(`Without ${name}.`)
    return server ?? []
  })
}
