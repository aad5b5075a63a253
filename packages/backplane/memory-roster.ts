import { randomUUID } from 'node:crypto'
import {
  type Backplane,
  type Moment,
  type Roster,
  ROSTER_CHANGE,
  type RosterChange,
  rosterTopic,
  type DebouncedChange,
} from '@carillon/contract'
import { memberKey, DEBOUNCE_MS } from './members.ts'

interface Group {
  at: Moment
  counts: Map<string, number>
  infos: Map<string, string>
}

export function memoryRoster(backplane: Backplane) {
  const groups = new Map<string, Group>()
  const leaving = new Map<string, NodeJS.Timeout>()
  let debounced: (debounced: DebouncedChange[]) => void = () => {}

  const roster: Roster = {
    async join(name, member, { info = '', most = Infinity } = {}) {
      const group = groups.get(name) ?? found(name)
      const before = group.counts.get(member) ?? 0
      if (before === 0 && group.counts.size >= most) return null
      group.counts.set(member, before + 1)
      if (before === 0) came(name, group, member, info)
      return { count: before + 1, at: { ...group.at } }
    },
    async leave(name, member) {
      const group = groups.get(name)
      const before = group?.counts.get(member) ?? 0
      if (!group || before === 0) return 0
      if (before === 1) went(name, group, member)
      else group.counts.set(member, before - 1)
      return before - 1
    },
    counts: async (name, members) => members.map((member) => groups.get(name)?.counts.get(member) ?? 0),
    size: async (name) => groups.get(name)?.counts.size ?? 0,
    list: async (name, prefix = '') =>
      new Map([...(groups.get(name)?.counts ?? [])].filter(([member]) => member.startsWith(prefix))),
    async sample(name, most) {
      const { counts } = groups.get(name) ?? { counts: new Map<string, number>() }
      return { members: new Map(counts.entries().take(most)), isAll: counts.size <= most }
    },
    async view(name) {
      const group = groups.get(name)
      return { at: { ...(group?.at ?? { era: '', step: 0 }) }, members: new Map(group?.infos) }
    },
  }

  function found(name: string): Group {
    const group = { at: { era: randomUUID(), step: 0 }, counts: new Map(), infos: new Map() }
    groups.set(name, group)
    return group
  }

  function came(name: string, group: Group, member: string, info: string): void {
    group.infos.set(member, info)
    announce(name, group, { member, here: true, info })
    const key = memberKey(name, member)
    if (leaving.has(key)) clearTimeout(leaving.get(key))
    else debounced([{ group: name, member, here: true }])
    leaving.delete(key)
  }

  function went(name: string, group: Group, member: string): void {
    group.counts.delete(member)
    group.infos.delete(member)
    announce(name, group, { member, here: false, info: '' })
    if (group.counts.size === 0) groups.delete(name)
    const key = memberKey(name, member)
    const settle = () => {
      leaving.delete(key)
      debounced([{ group: name, member, here: false }])
    }
    leaving.set(key, setTimeout(settle, DEBOUNCE_MS).unref())
  }

  function announce(name: string, group: Group, change: Omit<RosterChange, keyof Moment>): void {
    group.at.step++
    void backplane.publish(rosterTopic(name), ROSTER_CHANGE.write({ ...group.at, ...change }))
    void backplane.publish(rosterTopic(name, change.member), change.here ? '1' : '0')
  }

  return {
    roster,
    onDebounced(listener: (debounced: DebouncedChange[]) => void) {
      debounced = listener
    },
    close() {
      for (const timer of leaving.values()) clearTimeout(timer)
      leaving.clear()
    },
  }
}
