import { connect } from 'node:net'
import { within } from '@carillon/async'
import { answering } from '../answering.ts'
import { type Dialect, Subscribers } from './subscribers.ts'

/** Where a server listens, and how its clients speak. */
export interface Place {
  port: number
  /** Where it takes commands. */
  control: number
  dialect: Dialect
}

/** `times` bursts, each of `size` messages published at once. */
export interface Bursts {
  size: number
  times: number
}

const { port, control, dialect } = JSON.parse(process.argv[2] ?? '') as Place
const subscribers = new Subscribers(dialect)
const commands = connect({ port: control, host: '127.0.0.1', noDelay: true })
let count = 0
/** What takes longest here takes a few seconds. */
const TIMEOUT_MS = 60_000

/* The subscribers of a server, in a process of their own. */
answering(
  {
    async subscribe(more: number) {
      await inTime(subscribers.open(port, more))
      count += more
    },
    /** Each burst is published once every subscriber has the one before. @returns milliseconds */
    bursts: ({ size, times }: Bursts) =>
      timed(async () => {
        for (let left = times; left > 0; left--) await publish(size)
      }),
  },
  () => {},
)

async function publish(messages: number): Promise<void> {
  const arrived = subscribers.expect(messages * count)
  commands.write(`burst ${messages}\n`)
  await arrived
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await inTime(work())
  return performance.now() - begun
}

/** A message that is lost would be waited for without end. */
function inTime(work: Promise<void>): Promise<void> {
  return within(TIMEOUT_MS, work, () => new Error(subscribers.lacking))
}
