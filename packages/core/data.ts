/** The parsed JSON where the text is JSON, else the text. */
export function parseData(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}
