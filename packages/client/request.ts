import { CarillonError, describeIssues, identifier, senderName } from '@carillon/contract'
import { ApiError, refusal } from './errors.ts'
import type { SigningCredentials, ClientSettings } from './options.ts'
import { signRequest } from './sign.ts'
import type { HttpRequest, HttpTransport } from './transport.ts'

/** Text as it is, numbers and flags as their text, objects and null as JSON; what is undefined is left out. */
export type CallFields = Record<string, string | number | boolean | object | null | undefined>

interface CallContent {
  query?: CallFields
  /** What legacy clients send. Every server reads it alike, under either signature. */
  form?: CallFields
  /** For what a form cannot hold. */
  json?: unknown
  idempotencyKey?: string | undefined
}

/** One call of the API: signs it, sends it, reads the answer. */
export type ApiCall = <Answer>(method: CallMethod, route: string, content?: CallContent) => Promise<Answer>

type CallMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The calls of one server, under its url's own path. */
export function createCall({ url, credentials }: ClientSettings, transport: HttpTransport): ApiCall {
  const prefix = url.pathname.replace(/\/+$/, '')
  return async function call<Answer>(method: CallMethod, route: string, content: CallContent = {}): Promise<Answer> {
    const request = compose(method, prefix + route, content)
    const { status, body } = await transport.exchange(credentials ? signed(request, credentials) : request)
    if (status < 200 || status > 299) throw refusal(status, body)
    return parse(status, body) as Answer
  }
}

function compose(
  method: string,
  fullPath: string,
  { query = {}, idempotencyKey, ...content }: CallContent,
): HttpRequest {
  const search = encode(query)
  const pathAndQuery = search ? `${fullPath}?${search}` : fullPath
  const { contentType, body } = bodyOf(content)
  const headers = {
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(idempotencyKey !== undefined && { 'Idempotency-Key': checkKey(idempotencyKey) }),
  }
  return { method, pathAndQuery, headers, body }
}

function bodyOf({ form, json }: Pick<CallContent, 'form' | 'json'>): {
  contentType?: string
  body: string | undefined
} {
  if (form) return { contentType: 'application/x-www-form-urlencoded', body: encode(form) }
  if (json) return { contentType: 'application/json', body: JSON.stringify(json) }
  return { body: undefined }
}

function checkKey(key: string): string {
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key
  throw new CarillonError('invalid_field', 'idempotencyKey must be 1 to 255 characters of printable ASCII')
}

function signed(request: HttpRequest, credentials: SigningCredentials): HttpRequest {
  const contentType = request.headers['Content-Type']
  return { ...request, headers: { ...request.headers, ...signRequest({ ...request, ...credentials, contentType }) } }
}

function encode(fields: CallFields): string {
  const encoded = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) encoded.append(name, asText(value))
  }
  return encoded.toString()
}

function asText(value: CallFields[string]): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** @throws ApiError `internal` when it is not JSON. */
export function parse(status: number, body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    const sentence = 'The answer is not JSON. Is a Carillon server running at the url?'
    throw new ApiError(status, 'internal', sentence, { cause })
  }
}

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
