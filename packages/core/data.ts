/** How JSON begins; a failed parse costs more than most sends. */
const LIKE_JSON = /^\s*[[{"\-\dtfn]/

/** The parsed JSON where the text is JSON, else the text. */
export function parseData(raw: string): unknown {
  if (!LIKE_JSON.test(raw)) return raw
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}
