/** Digits or a power of ten that a number of JavaScript may not keep. */
const LONG_NUMBER = /\d{16}|\de\+?\d{3}/i

/**
 * A JSON body in which the numbers of `data` are as they were written: data is only stored, and JSON.parse rounds numbers of
 * many digits.
 * @param text that the body was parsed from
 */
export function withExactData(body: Record<string, unknown>, text: string): Record<string, unknown> {
  if (!LONG_NUMBER.test(text) || !('data' in body || 'pushes' in body)) return body
  const exact = JSON.parse(text, keepLongNumbers) as Record<string, unknown>
  const { pushes } = body
  return {
    ...withDataOf(body, exact),
    ...(Array.isArray(pushes) && {
      pushes: pushes.map((push, at) => withDataOf(push, (exact['pushes'] as unknown[])[at])),
    }),
  }
}

function withDataOf<Item>(item: Item, exact: unknown): Item {
  const { data }: { data?: unknown } = Object(item)
  return typeof data === 'object' && data !== null ? { ...item, data: Object(exact).data } : item
}

/** JSON.stringify writes what JSON.rawJSON makes as it is. */
function keepLongNumbers(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  return typeof value === 'number' && source !== undefined && LONG_NUMBER.test(source) ? rawJson(source) : value
}

/** Node has it since version 22; TypeScript does not know it yet. */
const { rawJSON: rawJson } = JSON as typeof JSON & { rawJSON(text: string): unknown }
