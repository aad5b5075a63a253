/** How JSON begins; a failed parse costs more than most sends. */
const LIKE_JSON = /^\s*[[{"\-\dtfn]/

/** How a JSON object or list begins. */
const LIKE_OBJECT = /^\s*[[{]/

/** Whether a text was meant as JSON but is not valid, such as a form value cut off at an `&` that was not encoded. */
export function isBrokenJson(raw: string): boolean {
  return LIKE_OBJECT.test(raw) && parseData(raw) === raw
}

/** The parsed JSON where the text is JSON, else the text. */
export function parseData(raw: string): unknown {
  if (!LIKE_JSON.test(raw)) return raw
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}
