import { within } from '@carillon/async'
import { eventRequests } from '../event-requests.ts'
import { carillon } from '../fanout/contenders.ts'
import { Subscribers } from '../fanout/subscribers.ts'
import { HttpLoad } from '../http-load.ts'
import { credentials } from '../push-requests.ts'
import type { Role } from '../role.ts'

/** What takes longest here takes a few seconds. */
const TIMEOUT_MS = 30_000

/** One subscriber of a channel on each node that is named; a node may be named more than once. */
export async function subscribersOf(channel: string, nodes: readonly Role[]): Promise<Subscribers> {
  const hello = JSON.stringify({ event: 'pusher:subscribe', data: { channel } })
  const subscribers = new Subscribers({
    ...carillon.dialect,
    path: `/app/${credentials.key}?protocol=7`,
    hello: [hello],
  })
  for (const { port } of nodes) await subscribers.open(port, 1)
  return subscribers
}

/** Publishes events to a channel through the HTTP API of all nodes alike. */
export class EventLoad {
  readonly #loads: HttpLoad[]

  /** @param connections to each node */
  constructor(nodes: readonly Role[], connections: number) {
    this.#loads = nodes.map(({ port }) => new HttpLoad(port, connections))
  }

  /** Resolves when all are answered. @param count through each node */
  async publish(channel: string, count: number): Promise<void> {
    const requests = eventRequests(count, channel)
    await Promise.all(this.#loads.map((load) => load.run(requests)))
  }
}

/** @throws Error when events were lost */
export function inTime(arrived: Promise<void>, subscribers: Subscribers): Promise<void> {
  return within(TIMEOUT_MS, arrived, () => new Error(subscribers.lacking))
}
