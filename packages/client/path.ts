import { CarillonError, describeIssues, identifier, senderName } from '@carillon/contract'

/**
 * Tag of a template: a path whose every `${id}` is one percent-encoded segment.
 * @throws CarillonError `invalid_field` for what cannot be an id or a tag. An empty one would name
 * another route: DELETE of no tag would remove the pusher.
 */
export function path(texts: TemplateStringsArray, ...segments: string[]): string {
  return String.raw({ raw: texts }, ...segments.map(encodeSegment))
}

/**
 * The path of a sender's call.
 * @throws CarillonError `invalid_field` for what cannot be a sender's name.
 */
export function senderPath(sender: string, call: 'add' | 'delete' | 'push' | 'pushall' | 'cancelpush'): string {
  return `/pusher/${checkSender(sender)}/${call}`
}

/** @throws CarillonError `invalid_field` for what cannot be a sender's name. */
export function checkSender(sender: string): string {
  return checked(senderName, 'The name of a sender', sender)
}

/** Encoded dots are dot segments to every WHATWG URL, and so to fetch: only a raw path keeps them. */
function encodeSegment(value: string): string {
  const id = checked(identifier, 'An id or tag', value)
  return id === '.' || id === '..' ? id.replaceAll('.', '%2E') : encodeURIComponent(id)
}

function checked(schema: typeof identifier, what: string, value: string): string {
  const { error, data } = schema.safeParse(value)
  if (error) throw new CarillonError('invalid_field', `${what} ${describeIssues(error.issues)}`)
  return data
}
