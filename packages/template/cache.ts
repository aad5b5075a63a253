/** What an entry weighs beside its key. */
const ENTRY_WEIGHT = 1000

export interface Cache<T> {
  /** The value of `key`, made once while it stays among those used most recently. */
  get(key: string, make: () => T): T
}

/** @param capacity characters of keys, each with 1000 more; what weighs more alone is not kept */
export function createCache<T>(capacity: number): Cache<T> {
  const entries = new Map<string, T>()
  let weight = 0

  function forget(key: string): void {
    entries.delete(key)
    weight -= key.length + ENTRY_WEIGHT
  }

  function remember(key: string, value: T): void {
    entries.set(key, value)
    weight += key.length + ENTRY_WEIGHT
    for (const oldest of entries.keys()) {
      if (weight <= capacity) return
      forget(oldest)
    }
  }

  return {
    get(key, make) {
      const value = entries.get(key) ?? make()
      if (entries.has(key)) forget(key)
      remember(key, value)
      return value
    },
  }
}
