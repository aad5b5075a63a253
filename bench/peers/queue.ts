/** A message to one recipient. Its name is unique. */
export interface Message {
  name: string
  pusher: string
  data: string
}

/** What a worker reports. */
export interface WorkEvents {
  handled(name: string): void
  /** So many more outcomes are stored where the queue stores them. */
  recorded(count: number): void
}

/** A queue that one could use instead of Carillon. */
export interface PeerQueue {
  /** Resolves when the message is stored as safely as the queue stores anything. */
  add(message: Message): Promise<void>
  /** The same in one call of the queue. */
  addMany(messages: readonly Message[]): Promise<void>
  /** Handles what waits and what comes, doing nothing for each. @returns what stops it */
  work(events: WorkEvents): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface PeerOptions {
  databaseUrl: string
  redisUrl: string
  /** Of the keys in Redis; nothing else uses it. */
  queuePrefix: string
}

/** Each process loads the library of its own queue alone. */
const peers = {
  bullmq: async () => (await import('./bullmq.ts')).openBullmq,
  'bullmq-row': async () => (await import('./bullmq-row.ts')).openBullmqRow,
  'pg-boss': async () => (await import('./pg-boss.ts')).openPgBoss,
  'pg-boss-notifying': async () => (await import('./pg-boss.ts')).openNotifyingPgBoss,
  'graphile-worker': async () => (await import('./graphile-worker.ts')).openGraphileWorker,
} satisfies Record<string, () => Promise<(options: PeerOptions) => Promise<PeerQueue>>>

export type PeerName = keyof typeof peers

export async function openPeer(name: PeerName, options: PeerOptions): Promise<PeerQueue> {
  const open = await peers[name]()
  return open(options)
}
