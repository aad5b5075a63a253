import { malformed } from '@carillon/request'

/** Where a request goes. */
export interface Target {
  /** As sent; without a proxy's prefix, which the proxy takes off and clients do not sign. */
  path: string
  /** What is meant by it. */
  decodedPath: string
  /** Names in lower case, values decoded. */
  query: ReadonlyMap<string, string>
}

/**
 * Read by hand: official SDKs send `+`, `=`, `;`, `,` and `@` in values as they are, and a `+` is no space.
 * @throws Refusal 400 for a parameter that stands there twice: it would not be clear which one was signed.
 */
export function readTarget(target: string): Target {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  return { path, decodedPath: decode(path), query: readQuery(mark === -1 ? '' : target.slice(mark + 1)) }
}

function readQuery(text: string): Map<string, string> {
  const query = new Map<string, string>()
  for (const pair of text.split('&').filter((each) => each !== '')) {
    const cut = pair.indexOf('=')
    const name = decode(cut === -1 ? pair : pair.slice(0, cut)).toLowerCase()
    if (query.has(name)) throw malformed(`The query has ${name} twice.`)
    query.set(name, cut === -1 ? '' : decode(pair.slice(cut + 1)))
  }
  return query
}

/** What is not percent-encoded UTF-8 stands for itself: SDKs that do not encode send a `%` as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
