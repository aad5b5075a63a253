import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** One try of one push, as the plugin tells it. */
export interface Ring {
  id: string
  /** The push's data. */
  raw: string
  attempt: number
}

/** What the provider makes of a try; only `yes` counts as sent. */
export type Mood = 'yes' | 'error' | 'hang' | 'busy' | 'cut' | 'later'

export interface CountingProvider {
  url: string
  /** How often each push was answered with yes, by its id. */
  yes: Map<string, number>
  /** The data of those pushes. */
  delivered: Set<string>
  /** Tries that were answered with anything else. */
  refused(): number
  /** Tries that wait for their answer. */
  open(): number
}

export interface ProviderOptions {
  /** How long it thinks, in ms. */
  answerMs?: number
  mood?: (ring: Ring) => Mood
}

/** A provider that counts what it says yes to. */
export async function countingProvider(options: ProviderOptions = {}): Promise<CountingProvider> {
  const { answerMs = 20, mood = () => 'yes' } = options
  const [yes, delivered] = [new Map<string, number>(), new Set<string>()]
  let [refused, open] = [0, 0]

  const server = createServer((request, response) => {
    open++
    response.once('close', () => open--)
    json(request).then(
      (ring) => setTimeout(() => answer(ring as Ring, response), answerMs),
      () => {}, // whoever rang was killed
    )
  })

  /** A yes counts even if the caller has gone, because the message was sent. */
  function answer(ring: Ring, response: ServerResponse): void {
    const is = mood(ring)
    if (is !== 'yes') refused++
    else {
      yes.set(ring.id, (yes.get(ring.id) ?? 0) + 1)
      delivered.add(ring.raw)
    }
    reply[is](response)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    yes,
    delivered,
    refused: () => refused,
    open: () => open,
  }
}

const reply: Record<Mood, (response: ServerResponse) => void> = {
  yes: (response) => response.end('{}'),
  later: (response) => response.end('{"later":3}'),
  error: (response) => response.writeHead(500).end(),
  busy: (response) => response.writeHead(429, { 'retry-after': '2' }).end(),
  hang: () => {},
  cut: (response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{"half":', () => response.destroy())
  },
}
