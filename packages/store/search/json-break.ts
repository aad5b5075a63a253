const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.])/y
const SPACE = /[ \t\n\r]*/y

/** Offset at which a text stops being JSON; `JSON.parse` knows, but does not always tell. */
export function jsonBreak(text: string): number {
  const end = afterValue(text, 0)
  return end.broken ? end.at : afterSpace(text, end.at)
}

interface End {
  at: number
  broken: boolean
}

const broken = (at: number): End => ({ at, broken: true })

function afterValue(text: string, from: number): End {
  const at = afterSpace(text, from)
  if (text[at] === '{') return afterList(text, at + 1, '}', afterMember)
  if (text[at] === '[') return afterList(text, at + 1, ']', afterValue)
  return text[at] === '"' ? afterPattern(STRING, text, at) : afterPattern(SCALAR, text, at)
}

function afterList(text: string, from: number, close: string, afterItem: typeof afterValue): End {
  const first = afterSpace(text, from)
  if (text[first] === close) return { at: first + 1, broken: false }
  for (let at = from; ;) {
    const item = afterItem(text, at)
    if (item.broken) return item
    at = afterSpace(text, item.at)
    if (text[at] === close) return { at: at + 1, broken: false }
    if (text[at] !== ',') return broken(at)
    at++
  }
}

function afterMember(text: string, from: number): End {
  const key = afterPattern(STRING, text, afterSpace(text, from))
  if (key.broken) return key
  const colon = afterSpace(text, key.at)
  return text[colon] === ':' ? afterValue(text, colon + 1) : broken(colon)
}

function afterPattern(pattern: RegExp, text: string, at: number): End {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  return found ? { at: at + found[0].length, broken: false } : broken(at)
}

function afterSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  return at + (SPACE.exec(text)?.[0].length ?? 0)
}
