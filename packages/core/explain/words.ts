/** Unix seconds as a time in UTC, to the second. */
export function moment(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

/** Unix seconds as a day in UTC. */
export function day(seconds: number): string {
  return moment(seconds).slice(0, 10)
}

/** `a, b or c`. */
export function listed(words: readonly string[], before: 'and' | 'or'): string {
  const [last] = words.slice(-1)
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} ${before} ${last}` : `${last}`
}
