/** `a, b or c`. */
export function listed(words: readonly string[], before: 'and' | 'or'): string {
  const [last] = words.slice(-1)
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} ${before} ${last}` : `${last}`
}
