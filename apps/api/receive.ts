import { type App, CarillonError } from '@carillon/contract'
import { readBody as readBounded, Refusal, textOf } from '@carillon/http'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { type Parameters, readParameters } from './parameters.ts'
import { decodePath, sentTarget } from './target.ts'

/** A request, read once: by the guard that needs it for the signature. */
export interface Received {
  /** Path and query as sent. */
  target: string
  /** Decoded. */
  path: string
  /** Bytes as sent. */
  body: Uint8Array
  /** The fields of the query and the form. */
  parameters: Parameters
  /** The text of a JSON body. */
  json: string | undefined
  /** What a handler validates: the parameters, and the fields of a JSON body. */
  fields: Record<string, unknown>
}

/** What the guards leave behind for the handlers. */
export interface ApiEnv {
  /** Absent outside @hono/node-server, such as in `app.request`. */
  Bindings: Partial<HttpBindings>
  Variables: {
    /** Whom a signed request acts for. */
    app: App
    /** Whom the request of a user token acts for: the id of a pusher. */
    user?: string
    /** The request, read once. */
    received: Received
    /** Bytes of a body, where a route takes more than most. */
    mostBody?: number
  }
}

/** How a form begins that is JSON, also percent-encoded: no field of a call has such a name. */
const LIKE_JSON = /^\s*(?:[{[]|%7B|%5B)/i

/** @throws CarillonError for whatever cannot be read: `bad_request`, `too_large`, `unsupported_media_type`. */
export async function receive(c: Context<ApiEnv>): Promise<Received> {
  const { whole: target, path, query } = sentTarget(c)
  const body = await readBody(c)
  const { kind, text } = decodeBody(c, body)
  const form = kind === 'form'
  if (form && LIKE_JSON.test(text))
    throw unsupported("The body looks like JSON but came as a form: send -H 'content-type: application/json'.")
  const parameters = readParameters(query, form ? text : '')
  const fields = form ? parameters : withFields(parameters, withExactData(parseJsonObject(text), text))
  return { target, path: decodePath(path), body, parameters, json: form ? undefined : text, fields }
}

function withFields(parameters: Parameters, json: Record<string, unknown>): Record<string, unknown> {
  const twice = Object.keys(parameters).find((name) => Object.hasOwn(json, name))
  if (twice !== undefined) throw new CarillonError('bad_request', `The parameter ${twice} is given twice.`)
  return Object.assign(Object.create(null), parameters, json)
}

/** Bytes. */
const MAX_BODY = 1_048_576

/** Bytes of a body that may hold files of 10 MB in base64, percent-encoded. */
export const LARGE_BODY = 16 * MAX_BODY

export type BodyKind = 'form' | 'json'

/**
 * The body's bytes; the body of GET and HEAD is ignored.
 * @throws CarillonError `too_large` above 1 MB, or the limit of the route; `unsupported_media_type` if it is compressed;
 * `bad_request` if it breaks off.
 */
export async function readBody(c: Context<ApiEnv>): Promise<Uint8Array> {
  const maxBytes = c.get('mostBody') ?? MAX_BODY
  try {
    return await readBounded(c.req.raw, maxBytes)
  } catch (error) {
    throw error instanceof Refusal ? bodyError(error, maxBytes) : error
  }
}

/** @throws CarillonError `unsupported_media_type` for anything but a form or JSON, `bad_request` for broken UTF-8. */
export function decodeBody(c: Context<ApiEnv>, body: Uint8Array): { kind: BodyKind; text: string } {
  if (body.length === 0) return { kind: 'form', text: '' }
  const kind = bodyKind(c)
  try {
    return { kind, text: textOf(body) }
  } catch (error) {
    throw new CarillonError('bad_request', (error as Refusal).message)
  }
}

function bodyError({ status, message, cause }: Refusal, maxBytes: number): CarillonError {
  if (status === 413) return new CarillonError('too_large', `The body must be at most ${maxBytes / MAX_BODY} MB.`)
  if (status === 415) return unsupported(message)
  // A stream throws a TypeError if something else has read it before.
  if (cause instanceof TypeError)
    return new CarillonError('internal', 'The API must be mounted before any middleware that parses bodies.', { cause })
  return new CarillonError('bad_request', message, { cause })
}

function bodyKind(c: Context<ApiEnv>): BodyKind {
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type === 'application/json') return 'json'
  throw unsupported('The Content-Type must be application/x-www-form-urlencoded or application/json.')
}

function unsupported(sentence: string): CarillonError {
  return new CarillonError('unsupported_media_type', sentence)
}

/**
 * Parses a JSON array.
 * @throws CarillonError `bad_request`, with V8's message where the text is not JSON.
 */
export function parseJsonArray(text: string): unknown[] {
  const value = parse(text)
  if (Array.isArray(value)) return value
  throw new CarillonError('bad_request', 'The JSON body must be an array.')
}

/**
 * Parses a JSON object.
 * @throws CarillonError `bad_request`, with V8's message where the text is not JSON.
 */
function parseJsonObject(text: string): Record<string, unknown> {
  const value = parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new CarillonError('bad_request', 'The JSON body must be an object.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CarillonError('bad_request', `The JSON body is not valid: ${(error as SyntaxError).message}.`)
  }
}

/** Digits or a power of ten that a number of JavaScript may not keep. */
const LONG_NUMBER = /\d{16}|\de\+?\d{3}/i

/**
 * A JSON body in which the numbers of `data` are as they were written: data is only stored, and JSON.parse rounds numbers of
 * many digits.
 * @param text that the body was parsed from
 */
function withExactData(body: Record<string, unknown>, text: string): Record<string, unknown> {
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
