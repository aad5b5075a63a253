import type * as z from 'zod'
import type { App, ErrorCode } from '@carillon/contract'
import { check } from './check.ts'
import { ignoredFields } from './ignored-fields.ts'
import type { ApiParts } from './parts.ts'

/** Who may call: whoever signs, the administrator, or anyone. */
export type Guard = 'signed' | 'admin' | 'open'

/** What the documentation and the router need of a route; `run` validates and handles. */
export interface Endpoint {
  guard: Guard
  summary: string
  /** What the summary leaves open. */
  notes?: string
  params?: z.ZodObject
  /** The fields of the form or JSON body; of GET, the query. */
  fields?: z.ZodObject
  /** Fields that the schema lets be absent because `handle` has an error of its own for them. */
  required?: string[]
  /** Schemas of a list's items, where the list itself does not check them. */
  items?: Record<string, z.ZodType>
  /** Field values for the documentation's curl line. */
  example?: Record<string, unknown>
  /** Status of success; default 200. */
  status?: 200 | 201
  /** A request that brings an Idempotency-Key is answered once. */
  takesIdempotencyKey?: true
  /** A body of up to 16 MB, for files that come with a message; else 1 MB. */
  takesFiles?: true
  answer: z.ZodType
  /** Besides those that any route of its guard can answer. */
  errors: ErrorCode[]
  run(call: RawCall, parts: ApiParts): Promise<object>
}

interface RawCall {
  app: App
  params: Record<string, string>
  fields: Record<string, unknown>
}

interface Definition<Params extends z.ZodObject, Fields extends z.ZodObject> extends Omit<Endpoint, 'run'> {
  params?: Params
  fields?: Fields
  handle(call: Call<z.output<Params>, z.output<Fields>>, parts: ApiParts): Promise<object>
}

interface Call<Params, Fields> {
  /** Whom the request acts for; only signed routes have one. */
  app: App
  params: Params
  fields: Fields
}

/** A route whose handler sees only what its schemas let through. */
export function endpoint<Params extends z.ZodObject, Fields extends z.ZodObject>(
  definition: Definition<Params, Fields>,
): Endpoint {
  const { handle, ...described } = definition
  return {
    ...described,
    async run(call, parts) {
      const answer = await handle(validated(definition, call), parts)
      const ignored = ignoredFields(definition.fields, call.fields)
      return ignored.length > 0 ? { ...answer, ignored } : answer
    },
  }
}

function validated<Params extends z.ZodObject, Fields extends z.ZodObject>(
  { params, fields }: { params?: Params; fields?: Fields },
  call: RawCall,
): Call<z.output<Params>, z.output<Fields>> {
  return {
    app: call.app,
    // Without a schema the type is that of an empty object, and nothing reads it
    params: (params ? check(params, call.params) : {}) as z.output<Params>,
    fields: (fields ? check(fields, call.fields) : {}) as z.output<Fields>,
  }
}
