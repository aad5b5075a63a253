import type { Cache } from '@carillon/contract'

/** Entries looked at per write, so that what nobody asks for again does not stay. */
const SWEPT_PER_WRITE = 2

/** Entries end where they are read, and a few at each write. */
export function memoryCache(): Cache {
  const entries = new Map<string, { value: string; until: number }>()
  const live = (key: string) => {
    const entry = entries.get(key)
    if (entry && entry.until > Date.now()) return entry
    entries.delete(key)
    return undefined
  }
  const put = (key: string, value: string, seconds: number) => {
    entries.delete(key) // to stand last: the oldest are swept first
    entries.set(key, { value, until: Date.now() + seconds * 1000 })
    for (const [old] of entries.entries().take(SWEPT_PER_WRITE)) live(old)
  }
  return {
    set: async (key, value, seconds) => put(key, value, seconds),
    async get(key) {
      const entry = live(key)
      return entry ? { value: entry.value, ttl: Math.ceil((entry.until - Date.now()) / 1000) } : null
    },
    async first(key, seconds) {
      if (live(key)) return false
      put(key, '', seconds)
      return true
    },
  }
}
