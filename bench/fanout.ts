import { bare, bun, carillon, socketio } from './fanout/contenders.ts'
import { Running } from './fanout/running.ts'

/*
 * Fan-out beside others: `node bench/fanout.ts [subscribers] [rounds]`. Each server publishes 100-byte messages to all
 * its subscribers, on one core; the subscribers have another. The rounds are interleaved, and the median counts.
 */

const SUBSCRIBERS = Number(process.argv[2] ?? 500)
const ROUNDS = Number(process.argv[3] ?? 5)
const BURST = 200
const IN_FLIGHT = 200
const WARM_UP = 50

const servers: Running[] = []
for (const contender of [carillon, socketio, bun, ...bare]) {
  const server = await Running.start(contender)
  await server.subscribe(SUBSCRIBERS)
  servers.push(server)
}
const figures = new Map(servers.map(({ name }) => [name, { burst: [] as number[], one: [] as number[] }]))
for (const server of servers) await server.oneInFlight(WARM_UP)
for (let round = 0; round < ROUNDS; round++) {
  for (const server of servers) {
    figures.get(server.name)!.burst.push(await server.burst(BURST))
    figures.get(server.name)!.one.push(await server.oneInFlight(IN_FLIGHT))
  }
}
for (const server of servers) server.stop()
print()

function print(): void {
  const own = medians(carillon.name)
  console.log(`${SUBSCRIBERS} subscribers, 100 bytes, median of ${ROUNDS} rounds, Node ${process.version}`)
  console.log(row('', 'burst/s', 'carillon ×', 'one at a time/s', 'carillon ×'))
  for (const { name } of servers) {
    const { burst, one } = medians(name)
    console.log(row(name, burst.toFixed(0), (own.burst / burst).toFixed(2), one.toFixed(0), (own.one / one).toFixed(2)))
  }
}

function row(name: string, ...cells: string[]): string {
  return name.padEnd(16) + cells.map((cell) => cell.padStart(16)).join('')
}

function medians(name: string): { burst: number; one: number } {
  const { burst, one } = figures.get(name)!
  return { burst: median(burst), one: median(one) }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
