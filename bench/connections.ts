import { carillon, type Contender, socketio } from './fanout/contenders.ts'
import { Running } from './fanout/running.ts'

/*
 * What an idle connection costs: `node bench/connections.ts [connections]` opens so many to each server, subscribed to
 * one channel, and divides what its process grew by.
 */

const CONNECTIONS = Number(process.argv[2] ?? 10_000)
/** So that what a server loads with its first connections does not count. */
const WARM_UP = 100

const own = await bytesEach(carillon)
const others = await bytesEach(socketio)
console.log(`${CONNECTIONS} idle connections, Node ${process.version}`)
console.log(`carillon   ${(own / 1024).toFixed(1)} KB each`)
console.log(`socket.io  ${(others / 1024).toFixed(1)} KB each, carillon × ${(own / others).toFixed(2)}`)

async function bytesEach(contender: Contender): Promise<number> {
  const server = await Running.start(contender)
  await server.subscribe(WARM_UP)
  const before = await server.memory()
  await server.subscribe(CONNECTIONS)
  const each = ((await server.memory()) - before) / CONNECTIONS
  server.stop()
  return each
}
