import { CarillonError } from '@carillon/contract'
import { ApiError, refusal } from './errors.ts'
import type { Credentials, Settings } from './options.ts'
import { signRequest } from './sign.ts'
import type { HttpRequest, HttpTransport } from './transport.ts'

/** Text as it is, numbers and flags as their text, objects as JSON; what is undefined is left out. */
type Fields = Record<string, string | number | boolean | object | undefined>

interface Content {
  query?: Fields
  /** The seed's way: read alike by every server, whichever the signature. */
  form?: Fields
  /** For what a form cannot hold. */
  json?: unknown
  idempotencyKey?: string | undefined
}

/** One call of the API: signs it, sends it, reads the answer. */
export type Call = <Answer>(method: Method, path: string, content?: Content) => Promise<Answer>

type Method = 'GET' | 'POST' | 'DELETE'

/** The calls of one server, under its url's own path. */
export function createCall({ url, credentials }: Settings, transport: HttpTransport): Call {
  const prefix = url.pathname.replace(/\/+$/, '')
  return async function call<Answer>(method: Method, path: string, content: Content = {}): Promise<Answer> {
    const request = compose(method, prefix + path, content)
    const { status, body } = await transport.exchange(credentials ? signed(request, credentials) : request)
    if (status < 200 || status > 299) throw refusal(status, body)
    return parse(status, body) as Answer
  }
}

function compose(method: string, path: string, { query = {}, idempotencyKey, ...content }: Content): HttpRequest {
  const search = encode(query)
  const pathAndQuery = search ? `${path}?${search}` : path
  const { contentType, body } = bodyOf(content)
  const headers = {
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(idempotencyKey !== undefined && { 'Idempotency-Key': checkKey(idempotencyKey) }),
  }
  return { method, pathAndQuery, headers, body }
}

function bodyOf({ form, json }: Pick<Content, 'form' | 'json'>): { contentType?: string; body: string | undefined } {
  if (form) return { contentType: 'application/x-www-form-urlencoded', body: encode(form) }
  if (json) return { contentType: 'application/json', body: JSON.stringify(json) }
  return { body: undefined }
}

function checkKey(key: string): string {
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key
  throw new CarillonError('invalid_field', 'idempotencyKey must be 1 to 255 characters of printable ASCII')
}

function signed(request: HttpRequest, credentials: Credentials): HttpRequest {
  const contentType = request.headers['Content-Type']
  return { ...request, headers: { ...request.headers, ...signRequest({ ...request, ...credentials, contentType }) } }
}

function encode(fields: Fields): string {
  const encoded = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) encoded.append(name, asText(value))
  }
  return encoded.toString()
}

function asText(value: Fields[string]): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** @throws ApiError `internal` when it is not JSON. */
export function parse(status: number, body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    const sentence = 'The answer is not JSON: is there a Carillon server at the url?'
    throw new ApiError(status, 'internal', sentence, { cause })
  }
}
