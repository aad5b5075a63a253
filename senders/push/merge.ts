/** A JSON object. */
export type JsonObject = Record<string, unknown>

/** A caller's raw object over what was built: objects are merged at every depth, null removes, anything else replaces. */
export function mergeOver(built: JsonObject, raw: JsonObject = {}): JsonObject {
  const merged = { ...built }
  for (const [key, value] of Object.entries(raw)) {
    const before = merged[key]
    if (value === null) delete merged[key]
    else merged[key] = isObject(value) ? mergeOver(isObject(before) ? before : {}, value) : value
  }
  return merged
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
