import { isIP } from 'node:net'

/** Used where the operator has given no contact. Apple refuses it. */
const NOBODY = 'mailto:webmaster@localhost'

/** What the operator has said about where they can be reached. */
export interface Contacts {
  /** `VAPID_SUBJECT`, checked with `subjectProblem`. */
  subject?: string | undefined
  /** `PUBLIC_URL`. */
  publicUrl?: string | undefined
  /** `MAIL_FROM`: `news@example.com` or `News <news@example.com>`. */
  mailFrom?: string | undefined
}

/** The contact that push services get: the subject, else the public URL, else the address that email comes from. */
export function subjectOf({ subject, publicUrl = '', mailFrom = '' }: Contacts): string {
  const url = URL.parse(publicUrl)
  const address = /<(.+)>/.exec(mailFrom)?.[1] ?? mailFrom
  const candidates = [subject, url?.protocol === 'https:' ? url.origin : undefined, `mailto:${address}`]
  return candidates.find((one) => one !== undefined && subjectProblem(one) === undefined) ?? NOBODY
}

/**
 * What is wrong with a subject. RFC 8292 wants a `mailto:` or `https:` URL. Apple also wants a host that the public can
 * look up and answers 403 BadJwtToken otherwise.
 */
export function subjectProblem(subject: string): string | undefined {
  const host = hostOf(subject)
  if (host === undefined) return 'must be mailto: with an email address, or an https: URL'
  return isPublicName(host)
    ? undefined
    : `must contain a host that everybody can look up, such as example.com: Apple refuses ${host}`
}

function hostOf(subject: string): string | undefined {
  const mail = /^mailto:[^\s@<>,?]+@([^\s@<>,?]+)$/i.exec(subject)
  if (mail) return mail[1]
  const url = /^https:\/\//i.test(subject) ? URL.parse(subject) : null
  return url?.hostname
}

/** Top-level names that are reserved for private networks and tests (RFC 2606, 6761, 6762, 8375), or are used like that. */
const NOT_PUBLIC = new Set(
  ['localhost', 'local', 'internal', 'test', 'invalid', 'example', 'arpa'].concat('lan', 'home', 'corp', 'localdomain'),
)

function isPublicName(host: string): boolean {
  const labels = host.toLowerCase().split('.')
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 && labels.length > 1 && !NOT_PUBLIC.has(labels.at(-1)!)
}
