import type { Redis } from 'ioredis'

export type DefinedScripts<Name extends string> = Record<Name, (...args: (string | number)[]) => Promise<unknown>>

/**
 * Lua scripts as functions, each a command of the client with this prefix. The client sends a script's text only once.
 * @param first arguments that every call begins with
 */
export function defineScripts<Name extends string>(
  redis: Redis,
  prefix: string,
  scripts: Record<Name, string>,
  ...first: string[]
): DefinedScripts<Name> {
  const commands = redis as unknown as DefinedScripts<string>
  const names = Object.keys(scripts) as Name[]
  const entries = names.map((name) => {
    redis.defineCommand(prefix + name, { numberOfKeys: 0, lua: scripts[name] })
    const run = commands[prefix + name]!.bind(redis)
    return [name, (...args: (string | number)[]) => run(...first, ...args)]
  })
  return Object.fromEntries(entries) as DefinedScripts<Name>
}
