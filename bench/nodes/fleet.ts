import type { Stage } from '../benchmarks/stage.ts'
import { type Role, startRole } from '../role.ts'
import type { Servers } from '../servers.ts'

/** The sizes that are measured, the largest first: the others are its baselines. */
export const SIZES = [8, 4, 2] as const

/** Realtime nodes, until the stage ends, that share what they know with each other and with no others on the same Redis. */
export async function startNodes(stage: Stage, count: number, fleet = `${count}`): Promise<Role[]> {
  const own = fleetServers(stage.servers, fleet)
  const nodes = await Promise.all(Array.from({ length: count }, () => startRole('realtime', own)))
  for (const { stop } of nodes) stage.atEnd(stop)
  return nodes
}

export function fleetServers(servers: Servers, fleet: string): Servers {
  return { ...servers, queuePrefix: `${servers.queuePrefix}-${fleet}` }
}

/** The members of a list in turn, `count` of them. */
export function inTurn<T>(all: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, n) => all[n % all.length]!)
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
