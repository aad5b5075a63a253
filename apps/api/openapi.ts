import * as z from 'zod'
import type { ErrorCode } from '@carillon/contract'
import type { Endpoint, Guard } from './endpoint.ts'
import { STATUS_OF } from './errors.ts'
import type { OpenApiDocument, Operation, Parameter, Schema } from './openapi-document.ts'
import { type ApiMethod, sections } from './routes/index.ts'
import { errorShape, ignoredAnswer } from './routes/schemas.ts'

/** What any route of a guard can answer, besides its own errors. */
export const COMMON_ERRORS: Record<Guard, ErrorCode[]> = {
  signed: [
    'bad_request',
    'invalid_app_key',
    'invalid_request_time',
    'invalid_request_signature',
    'nonce_used',
    'signature_version_refused',
    'forbidden',
    'too_large',
    'unsupported_media_type',
    'internal',
    'unavailable',
  ],
  user: [
    'bad_request',
    'unauthorized',
    'forbidden',
    'too_many_requests',
    'too_large',
    'unsupported_media_type',
    'internal',
    'unavailable',
  ],
  admin: ['bad_request', 'unauthorized', 'forbidden', 'too_large', 'unsupported_media_type', 'internal', 'unavailable'],
  open: [],
}

/** How requests are signed, for readers of the document. */
const SIGNING = [
  'Signed requests have the headers X-App-Key and X-Request-Time (Unix seconds, at most ten minutes off).',
  'Version 2, preferred: the headers X-Signature-Version: 2, X-Request-Nonce (1 to 64 characters, used once) and X-Request-Signature, the HMAC-SHA256 in lower-case hex, with the secret as its key, of five lines: the method, path and query as sent, X-Request-Time, X-Request-Nonce, and the SHA-256 of the body in lower-case hex.',
  'Version 1: X-Request-Signature is the HMAC-MD5 in upper-case hex, with the secret as its key, of every name and its value, sorted by the UTF-8 bytes of the names, without separators: the parameters of the query and the form (a JSON body is one parameter, body), app_key, timestamp (the text of X-Request-Time) and path (decoded). Version 1 cannot distinguish email=a&nickname=b from email=anicknameb, so an app can refuse it.',
  'In open mode, where no key is configured, requests need no signature.',
].join('\n\n')

const COMPONENTS = '#/components/schemas/'
const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

/** The OpenAPI 3.1 document, from the schemas that validate. */
export function openApi(version: string): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {}
  for (const { title, routes } of sections) {
    for (const [method, path, endpoint] of routes) {
      paths[path] = { ...paths[path], [method.toLowerCase()]: operation(title, method, endpoint) }
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Carillon', version, description: SIGNING },
    tags: sections.map(({ title }) => ({ name: title })),
    paths,
    components: { schemas: sharedSchemas(), securitySchemes },
  }
}

/** The shapes that have an id, each once. */
function sharedSchemas(): Record<string, Schema> {
  const answers = sections.flatMap(({ routes }) => routes.map(([, , { answer }]) => answer))
  const { $defs = {} } = convert(z.union([errorShape, ...answers]), 'output')
  return Object.fromEntries(Object.entries($defs).map(([name, { id: _name, ...schema }]) => [name, schema as Schema]))
}

/** v1 and v2 have the same header for the signature; the description tells them apart. */
const securitySchemes = {
  signed: { type: 'apiKey', in: 'header', name: 'X-Request-Signature', description: SIGNING },
  user: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A user token.' },
  admin: { type: 'http', scheme: 'basic', description: 'ADMIN_ACCOUNT and ADMIN_PASSWORD.' },
}

function operation(tag: string, method: ApiMethod, endpoint: Endpoint): Operation {
  const { guard, summary, notes, params } = endpoint
  const parameters = [
    ...parametersOf('path', params),
    ...(method === 'GET' ? queryOf(endpoint) : []),
    ...(endpoint.takesIdempotencyKey ? [idempotencyKey] : []),
  ]
  return {
    tags: [tag],
    summary,
    ...(notes !== undefined && { description: notes }),
    security: guard === 'open' ? [] : [{ [guard]: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(method !== 'GET' && endpoint.fields && { requestBody: requestBody(endpoint) }),
    responses: responses(endpoint),
  }
}

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    '1 to 255 characters of printable ASCII. A repeated request with the same key has no further effect, and gets the first answer for 24 hours. Answers of 500 and above are not stored.',
  schema: { type: 'string' },
}

/** What a call that takes an Idempotency-Key can answer besides. */
export const IDEMPOTENCY_ERRORS: ErrorCode[] = ['idempotency_key_reused', 'idempotency_key_in_flight']

function queryOf({ fields, required = [], example = {} }: Endpoint): Parameter[] {
  return parametersOf('query', fields).map((parameter) => ({
    ...parameter,
    required: required.includes(parameter.name),
    ...(parameter.name in example && { example: example[parameter.name] }),
  }))
}

function parametersOf(place: 'path' | 'query', schema?: z.ZodObject): Parameter[] {
  const { properties = {} } = schema ? jsonSchema(schema, 'input') : {}
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: true,
    ...(description !== undefined && { description }),
    schema: property,
  }))
}

/** Forms have no lists, and the administrator's routes take none. */
function requestBody(endpoint: Endpoint): NonNullable<Operation['requestBody']> {
  const { guard, items, example } = endpoint
  const schema = bodySchema(endpoint)
  const json = { schema, ...(example && { example }) }
  const form = { schema, ...(example && { example: mapValues(example, formText) }) }
  const formToo = guard !== 'admin' && !items
  return { content: { ...(formToo && { [FORM_TYPE]: form }), [JSON_TYPE]: json } }
}

function mapValues<From, To>(object: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))
}

/** A form has lists with commas, and objects as JSON. */
function formText(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : value
}

function bodySchema({ fields, required = [], items = {} }: Endpoint): Schema {
  const schema: Schema = fields ? jsonSchema(fields, 'input') : {}
  const lists = Object.entries(items).map(([name, item]) => [
    name,
    { ...schema.properties?.[name], items: jsonSchema(item, 'input') },
  ])
  return {
    ...schema,
    properties: { ...schema.properties, ...Object.fromEntries(lists) },
    required: [...(schema.required ?? []), ...required],
  }
}

function responses({ guard, status = 200, answer, errors, takesIdempotencyKey }: Endpoint): Operation['responses'] {
  const whole = answer instanceof z.ZodObject ? answer.extend(ignoredAnswer.shape) : answer
  const content = { schema: jsonSchema(whole, 'output'), example: exampleOf(convert(answer, 'output')) }
  const success = { description: 'Done.', content: { [JSON_TYPE]: content } }
  const codes = [...new Set([...errors, ...(takesIdempotencyKey ? IDEMPOTENCY_ERRORS : []), ...COMMON_ERRORS[guard]])]
  const refusals = Map.groupBy(codes, (code) => STATUS_OF[code])
  const error = { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Error' } } }
  const described = [...refusals].map(([of, same]) => [of, { description: same.join(', '), content: error }])
  return { [status]: success, ...Object.fromEntries(described) }
}

/** A schema with the shapes that have an id as references to the components. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $defs: _shared, ...rest } = convert(schema, io)
  return rest as Schema
}

/** As zod converts it, but for references, which are to the components. */
function convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: dropSafeRange })
  return JSON.parse(JSON.stringify(rest).replaceAll('"#/$defs/', `"${COMPONENTS}`)) as typeof rest
}

/** The example of a schema, or one that is put together from those of its required parts. */
function exampleOf(schema: JsonSchema, shared = schema.$defs ?? {}): unknown {
  const { $ref, const: only, examples, properties, required = [], items } = schema
  if (examples) return examples[0]
  if (only !== undefined) return only
  if ($ref !== undefined) return exampleOf(shared[$ref.slice(COMPONENTS.length)] ?? {}, shared)
  if (items) return [exampleOf(items as JsonSchema, shared)]
  const parts = required.map((name) => [name, exampleOf((properties?.[name] ?? {}) as JsonSchema, shared)])
  return properties && Object.fromEntries(parts)
}

type JsonSchema = z.core.JSONSchema.BaseSchema

/** zod states the range of safe integers for every whole number. */
function dropSafeRange({ jsonSchema: made }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum
  if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum
}
