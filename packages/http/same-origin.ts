/**
 * False for a request that a web page of another origin has sent, as its browser indicates by `Origin` and
 * `Sec-Fetch-Site`. A browser adds a password that it remembers to requests of any page, so calls that are
 * authenticated by HTTP Basic must ask this first. Clients that are no browsers send neither header.
 *
 * The scheme is not compared, because a proxy in front may have ended TLS; `Sec-Fetch-Site`, which browsers send to
 * every https address, covers a page whose scheme alone is another.
 */
export function isSameOrigin(headers: Headers): boolean {
  const [origin, site] = [headers.get('origin'), headers.get('sec-fetch-site')]
  if (site !== null && site !== 'same-origin' && site !== 'none') return false
  return origin === null || isOriginOf(origin, headers.get('host') ?? '')
}

/** Whether a web page has sent the request, or its browser for a link. Clients that are no browsers send neither header. */
export function isOfBrowser(headers: Headers): boolean {
  return headers.has('origin') || headers.has('sec-fetch-site')
}

/** `null`, the origin of sandboxed frames and files, is never the same origin. */
function isOriginOf(origin: string, host: string): boolean {
  const from = URL.parse(origin)
  // With the scheme of the page the default port is left out on both sides.
  return from !== null && from.host !== '' && from.host === URL.parse(`${from.protocol}//${host}`)?.host
}
