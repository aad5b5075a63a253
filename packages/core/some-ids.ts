const MOST = 20

/** For a log line about many: the first of them by name, so that a push's id finds it where they are few. */
export function someIds(ids: readonly string[]): { count: number; pushes: string[] } {
  return { count: ids.length, pushes: ids.slice(0, MOST) }
}
