const LONGEST_REASON = 1000

/** A plugin's value as a text that a row takes. Converting it may run the plugin's code, which may throw. */
export function textOf(value: unknown, longest = LONGEST_REASON): string {
  try {
    return shorten(String(value), longest)
  } catch {
    return 'The sender returned a reason that is not text.'
  }
}

/** Postgres takes neither NULs nor halves of a character. */
export function shorten(text: string, longest: number): string {
  const clean = text.replaceAll('\0', '')
  return (clean.length > longest ? `${clean.slice(0, longest)}…` : clean).toWellFormed()
}
