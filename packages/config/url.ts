import * as z from 'zod'

// oxlint-disable-next-line no-control-regex -- control characters are just what is refused
const CONTROL = /[\u0000-\u001f\u007f]/

export const text = z.string().refine((value) => !CONTROL.test(value), 'must not contain control characters')

/** A `%` that encodes nothing. Drivers differ in what they make of it. */
const BARE_PERCENT = /%(?![\da-f]{2})/i

const ENCODE =
  'has a character in its user or its password that must be percent-encoded: write "@" as %40, "/" as %2F, "?" as %3F, "#" as %23 and "%" as %25'

/** A URL with one of the schemes, kept as it was written. A message follows the setting's name and repeats no value. */
export function url(...schemes: string[]) {
  return text.superRefine((value, context) => {
    const message = problemOf(value, schemes)
    if (message !== undefined) context.addIssue({ code: 'custom', message, continue: false })
  })
}

/** `postgres://user:password@/name?host=/run/postgresql` names a socket: what parses URLs wants a host there. */
export const databaseUrl = text.transform(withHost).pipe(url('postgres', 'postgresql'))

export const redisUrl = text.transform(withHost).pipe(url('redis', 'rediss', 'unix'))

function problemOf(value: string, schemes: string[]): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z+.-]*):\/\/(.*)$/is.exec(value) ?? []
  if (rest === '' || !schemes.includes(scheme.toLowerCase())) return `must be a URL that begins with ${listOf(schemes)}`
  const end = /[/?#]|$/.exec(rest)!.index
  // A bare "/", "?" or "#" ends the host early: the rest of the password, up to its "@", would be shown as a path.
  if (rest.slice(end).includes('@') || BARE_PERCENT.test(rest)) return ENCODE
  return hostProblem(value, rest.slice(0, end))
}

function hostProblem(value: string, authority: string): string | undefined {
  const address = authority.slice(authority.lastIndexOf('@') + 1)
  const host = address.replace(/:\d*$/, '')
  if (address.includes(',')) return 'must name one host'
  const parsed = URL.parse(value)
  if (host === '' && !parsed?.searchParams.has('host') && parsed?.protocol !== 'unix:')
    return 'must name a host, as in scheme://user:password@host:port'
  return parsed ? undefined : 'must have a host name or an IP address, and after a ":" a port from 1 to 65535'
}

/** Not `unix`, which is the exception. */
function listOf(schemes: string[]): string {
  return schemes
    .filter((scheme) => scheme !== 'unix')
    .map((scheme) => `${scheme}://`)
    .join(' or ')
}

function withHost(value: string): string {
  const socket = /^unix:\/\/[^/?#]*@\/|^postgres(?:ql)?:\/\/[^/?#]*@\/[^?#]*\?(?:.*&)?host=/i
  return socket.test(value) ? value.replace('@/', '@localhost/') : value
}
