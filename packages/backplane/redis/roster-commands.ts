import type { Redis } from '@carillon/redis'
import { scripts } from './scripts.ts'

type Run = (...args: (string | number)[]) => Promise<unknown>

export type RosterCommands = Record<keyof typeof scripts, Run>

/** The scripts as calls; the client sends their text only once. */
export function rosterCommands(redis: Redis, key: string, topics: string): RosterCommands {
  const named = Object.keys(scripts) as (keyof typeof scripts)[]
  const entries = named.map((name) => {
    const command = `carillonRoster${name}`
    redis.defineCommand(command, { numberOfKeys: 0, lua: scripts[name] })
    const run = (redis as unknown as Record<string, Run>)[command]!.bind(redis)
    return [name, (...args: (string | number)[]) => run(key, topics, ...args)]
  })
  return Object.fromEntries(entries) as RosterCommands
}
