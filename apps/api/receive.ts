import type { Context } from 'hono'
import { CarillonError } from '@carillon/contract'
import { decodeBody, readBody } from './body.ts'
import { withExactData } from './exact-data.ts'
import { parseJsonObject } from './json.ts'
import { readParameters, type Parameters } from './parameters.ts'
import type { ApiEnv } from './parts.ts'
import { decodePath, sentTarget } from './target.ts'

/** A request, read once: by the guard that needs it for the signature. */
export interface Received {
  /** Path and query as sent. */
  target: string
  /** Decoded. */
  path: string
  /** Bytes as sent. */
  body: Uint8Array
  /** Of the query and the form. */
  parameters: Parameters
  /** The text of a JSON body. */
  json: string | undefined
  /** What a handler validates: the parameters, and the fields of a JSON body. */
  fields: Record<string, unknown>
}

/** @throws CarillonError for whatever cannot be read: `bad_request`, `too_large`, `unsupported_media_type`. */
export async function receive(c: Context<ApiEnv>): Promise<Received> {
  const { whole: target, path, query } = sentTarget(c)
  const body = await readBody(c)
  const { kind, text } = decodeBody(c, body)
  const form = kind === 'form'
  const parameters = readParameters(query, form ? text : '')
  const fields = form ? parameters : withFields(parameters, withExactData(parseJsonObject(text), text))
  return { target, path: decodePath(path), body, parameters, json: form ? undefined : text, fields }
}

function withFields(parameters: Parameters, json: Record<string, unknown>): Record<string, unknown> {
  const twice = Object.keys(parameters).find((name) => Object.hasOwn(json, name))
  if (twice !== undefined) throw new CarillonError('bad_request', `The parameter ${twice} is given twice.`)
  return Object.assign(Object.create(null), parameters, json)
}
