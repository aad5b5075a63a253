export type Commands = Record<string, (argument: never) => unknown>

/** The servers that a program was started with. */
export const given = JSON.parse(process.argv[2] ?? '{}') as {
  databaseUrl: string
  redisUrl: string
  queuePrefix: string
}

/** The other end of `Program`: answers requests until the caller has disconnected. */
export function answering(commands: Commands, close: () => Promise<unknown> | void): void {
  const all: Commands = { memory, cpu, ...commands }
  process.on('message', (asked: { id: number; command: string; argument: never }) => {
    void answer(all[asked.command]!, asked.argument).then((said) => process.send?.({ id: asked.id, ...said }))
  })
  process.once('disconnect', () => void Promise.resolve(close()).then(() => process.exit()))
  process.send?.('ready')
}

async function answer(command: Commands[string], argument: never): Promise<{ result?: unknown; error?: string }> {
  try {
    return { result: (await command(argument)) ?? null }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** Bytes that the process holds, after what is garbage is gone. */
function memory(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

/** µs that the process has computed for, in all its threads. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
