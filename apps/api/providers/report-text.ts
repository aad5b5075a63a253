const LONGEST_REASON = 1000
const LONGEST_ID = 255

/** What a provider says, as it can be kept; null for nothing. */
export function reasonText(text: string | undefined): string | null {
  return cut(text, LONGEST_REASON)
}

export function idText(text: string | undefined): string | null {
  return cut(text, LONGEST_ID)
}

/** Postgres keeps no NUL. */
function cut(text: string | undefined, longest: number): string | null {
  return text?.replaceAll('\0', '').slice(0, longest) || null
}
