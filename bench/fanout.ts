import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { type Dialect, Subscribers } from './fanout/subscribers.ts'

/*
 * Fan-out beside others: `node bench/fanout.ts [subscribers] [rounds]`. Each server publishes 100-byte messages to all
 * its subscribers, on one core; the subscribers have another. The rounds are interleaved, and the median counts.
 */

const SUBSCRIBERS = Number(process.argv[2] ?? 500)
const ROUNDS = Number(process.argv[3] ?? 5)
const BURST = 200
const IN_FLIGHT = 200
const WARM_UP = 50

interface Contender {
  name: string
  command: string[]
  dialect: Dialect
}

const here = import.meta.dirname
const node = [process.execPath, '--expose-gc']
const plain: Dialect = { path: '/', hello: [], message: 'xxx' }
const contenders: Contender[] = [
  {
    name: 'carillon',
    command: [...node, join(here, 'fanout/carillon.ts')],
    dialect: {
      path: '/app/key?protocol=7',
      hello: ['{"event":"pusher:subscribe","data":{"channel":"c"}}'],
      ready: '{"event":"pusher_internal:subscription_succeeded"',
      message: '{"event":"e"',
      ping: { text: '{"event":"pusher:ping","data":"{}"}', answer: '{"event":"pusher:pong","data":"{}"}' },
    },
  },
  {
    name: 'socket.io',
    command: [...node, join(here, 'baselines/fanout/socketio.ts')],
    dialect: {
      path: '/socket.io/?EIO=4&transport=websocket',
      hello: ['40'],
      ready: '40{',
      message: '42["e"',
      ping: { text: '2', answer: '3' },
    },
  },
  {
    name: 'Bun',
    command: [join(here, 'node_modules/@oven/bun-linux-x64/bin/bun'), join(here, 'baselines/fanout/bun.ts')],
    dialect: plain,
  },
  ...['ws-string', 'ws-framed-once', 'ws-coalesced'].map((name) => ({
    name,
    command: [...node, join(here, `baselines/fanout/${name}.ts`)],
    dialect: plain,
  })),
]

/** A server at work, and its subscribers. */
class Running {
  readonly name: string
  readonly #child: ChildProcess
  readonly #control: Socket
  readonly #lines: Interface
  readonly #subscribers: Subscribers

  constructor(name: string, child: ChildProcess, control: Socket, subscribers: Subscribers) {
    this.name = name
    this.#child = child
    this.#control = control
    this.#lines = createInterface({ input: control })
    this.#subscribers = subscribers
  }

  /** @returns deliveries a second */
  async burst(messages: number): Promise<number> {
    const begun = performance.now()
    await this.#publish(messages)
    return (messages * SUBSCRIBERS * 1000) / (performance.now() - begun)
  }

  /** The next message when all have the last. @returns deliveries a second */
  async oneInFlight(messages: number): Promise<number> {
    const begun = performance.now()
    for (let left = messages; left > 0; left--) await this.#publish(1)
    return (messages * SUBSCRIBERS * 1000) / (performance.now() - begun)
  }

  /** Bytes. */
  async memory(): Promise<number> {
    const answer = once(this.#lines, 'line')
    this.#control.write('memory\n')
    return Number((await answer)[0])
  }

  stop(): void {
    this.#subscribers.close()
    this.#control.destroy()
    this.#child.kill()
  }

  async #publish(messages: number): Promise<void> {
    const arrived = this.#subscribers.expect(messages * SUBSCRIBERS)
    this.#control.write(`burst ${messages}\n`)
    await arrived
  }
}

async function start({ name, command, dialect }: Contender): Promise<Running> {
  const [program, ...args] = pinned(command)
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { port, control } = JSON.parse(line) as { port: number; control: number }
  const socket = connect({ port: control, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const subscribers = new Subscribers(dialect)
  await subscribers.open(port, SUBSCRIBERS)
  return new Running(name, child, socket, subscribers)
}

/** The servers share the first core, so that they do not disturb the subscribers. */
function pinned(command: string[]): string[] {
  return process.platform === 'linux' && cpus().length > 1 ? ['taskset', '-c', '0', ...command] : command
}

const servers: Running[] = []
for (const contender of contenders) servers.push(await start(contender))
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
  const own = medians('carillon')
  console.log(`${SUBSCRIBERS} subscribers, 100 bytes, median of ${ROUNDS} rounds, Node ${process.version}`)
  console.log(
    `${''.padEnd(16)}${'burst/s'.padStart(12)}${'ratio'.padStart(8)}${'one at a time/s'.padStart(18)}${'ratio'.padStart(8)}`,
  )
  for (const { name } of servers) {
    const { burst, one } = medians(name)
    const cells = [burst.toFixed(0).padStart(12), (own.burst / burst).toFixed(2).padStart(8)]
    console.log(name.padEnd(16) + cells.join('') + one.toFixed(0).padStart(18) + (own.one / one).toFixed(2).padStart(8))
  }
}

function medians(name: string): { burst: number; one: number } {
  const { burst, one } = figures.get(name)!
  return { burst: median(burst), one: median(one) }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
