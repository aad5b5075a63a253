import { randomUUID } from 'node:crypto'
import { fromMemberKey } from '@carillon/backplane'
import type { Counted, Roster, DebouncedChange } from '@carillon/contract'
import type { Redis } from 'ioredis'
import { Held, Lease } from './roster-lease.ts'
import { rosterScripts } from './roster-scripts.ts'
import { defineScripts } from './scripts.ts'

export interface RedisRosterDeps {
  redis: Redis
  /** Begins every key of the roster. */
  key: string
  /** Begins the name of every topic. */
  topics: string
  report(error: Error): void
}

const BEAT_MS = 1500
const LEASE_OVER = -1
const FULL = -2

export function redisRoster({ redis, key, topics, report }: RedisRosterDeps) {
  const commands = defineScripts(redis, 'carillonRoster', rosterScripts, key, topics)
  const held = new Held()
  const lease = new Lease(commands, held)
  let debounced: ((debounced: DebouncedChange[]) => void) | undefined
  let recounted: ((members: Counted[]) => void) | undefined

  const roster: Roster = {
    async join(group, member, { info = '', most = 0 } = {}) {
      const [count, came, era, step] = await joinAs(group, member, info, most)
      if (came) debounced?.([{ group, member, here: true }])
      return count === FULL ? null : { count, at: { era, step } }
    },
    async leave(group, member) {
      // Only once the lease is sure, because a new one would already be filled without this connection.
      await lease.sure().catch(report)
      held.remove(group, member)
      try {
        const count = (await commands.leave(lease.node, group, member)) as number
        if (count === LEASE_OVER) await lease.takeAnew()
        return Math.max(0, count)
      } catch (error) {
        lease.doubt()
        report(error as Error)
        return 0
      }
    },
    async counts(group, members) {
      if (members.length === 0) return []
      return (await redis.hmget(`${key}:g:${group}`, ...members)).map(Number)
    },
    size: (group) => redis.hlen(`${key}:g:${group}`),
    async list(group, prefix = '') {
      const counts = Object.entries(await redis.hgetall(`${key}:g:${group}`))
      return new Map(counts.flatMap(([member, count]) => (member.startsWith(prefix) ? [[member, Number(count)]] : [])))
    },
    async sample(group, most) {
      const members = new Map<string, number>()
      let cursor = '0'
      do {
        const [next, flat] = await redis.hscan(`${key}:g:${group}`, cursor, 'COUNT', most)
        for (let at = 0; at < flat.length; at += 2) members.set(flat[at]!, Number(flat[at + 1]))
        cursor = next
      } while (cursor !== '0' && members.size < most)
      return { members, isAll: cursor === '0' }
    },
    async view(group) {
      const [era, step, members, flat] = (await commands.view(group)) as [string, number, string[], string[]]
      const infos = new Map(flat.flatMap((each, index) => (index % 2 === 0 ? [[each, flat[index + 1]!]] : [])))
      return { at: { era, step }, members: new Map(members.map((member) => [member, infos.get(member) ?? ''])) }
    },
  }

  async function joinAs(group: string, member: string, info: string, most: number): Promise<JoinReply> {
    await lease.sure()
    held.add(group, member, info)
    const reply = await askToJoin(group, member, info, most).catch((error: unknown) => {
      held.remove(group, member)
      lease.doubt()
      throw error
    })
    if (reply[0] >= 0) return reply
    held.remove(group, member)
    if (reply[0] === FULL) return reply
    await lease.takeAnew() // without the new member, which joins by itself so that the others notice it
    return joinAs(group, member, info, most)
  }

  async function askToJoin(group: string, member: string, info: string, most: number): Promise<JoinReply> {
    return (await commands.join(lease.node, randomUUID(), group, member, info, most)) as JoinReply
  }

  async function beat(): Promise<void> {
    try {
      // A process without a listener must not take changes away from the others.
      const { more, gone, drifted } = await lease.renew({
        takeGone: debounced !== undefined,
        takeDrifted: recounted !== undefined,
      })
      if (gone.length > 0) debounced?.(gone.map((each) => ({ ...fromMemberKey(each), here: false })))
      if (drifted.length > 0) recounted?.(drifted.map(fromMemberKey))
      if (more) await beat()
    } catch (error) {
      report(error as Error)
    }
  }

  const beating = setInterval(() => void beat(), BEAT_MS).unref()
  return {
    roster,
    onDebounced(listener: (debounced: DebouncedChange[]) => void) {
      debounced = listener
    },
    onRecounted(listener: (members: Counted[]) => void) {
      recounted = listener
    },
    async close() {
      clearInterval(beating)
      await lease.end().catch(report)
    },
  }
}

type JoinReply = [count: number, came: number, era: string, step: number]
