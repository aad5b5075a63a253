import type { Redis } from '@carillon/redis'
import { scripts } from './scripts.ts'

export type Commands = Record<keyof typeof scripts, Run>

type Run = (...args: (string | number)[]) => Promise<unknown>

/** The scripts as calls; the client sends their text only once. */
export function queueCommands(redis: Redis, key: string): Commands {
  const named = Object.keys(scripts) as (keyof typeof scripts)[]
  const entries = named.map((name) => {
    const command = `carillonQueue${name}`
    redis.defineCommand(command, { numberOfKeys: 0, lua: scripts[name] })
    const run = (redis as unknown as Record<string, Run>)[command]!.bind(redis)
    return [name, (...args: (string | number)[]) => run(key, ...args)]
  })
  return Object.fromEntries(entries) as Commands
}
