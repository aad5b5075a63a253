import type * as z from 'zod'
import { type Actor, type App, CarillonError, type ErrorCode, type UserScope } from '@carillon/contract'
import type { ApiDeps } from './deps.ts'

/** A caller with more of them has mistaken the call, and sees so by these. */
const MOST_NAMED = 20

const LONGEST_NAME = 100

/** Who may call: a client that signs its requests, the bearer of a user token, the administrator, or anyone. */
export type Guard = 'signed' | 'user' | 'admin' | 'open'

/** What the documentation and the router need of a route; `run` validates and handles. */
export interface Endpoint {
  guard: Guard
  /** What a user token must allow, of guard `user`. */
  scope?: UserScope
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
  run(call: UncheckedCall, deps: ApiDeps): Promise<object>
}

interface UncheckedCall {
  app: App
  user: string
  actor(): Actor
  params: Record<string, string>
  fields: Record<string, unknown>
}

interface EndpointDefinition<Params extends z.ZodObject, Fields extends z.ZodObject> extends Omit<Endpoint, 'run'> {
  params?: Params
  fields?: Fields
  handle(call: EndpointCall<z.output<Params>, z.output<Fields>>, deps: ApiDeps): Promise<object>
}

interface EndpointCall<Params, Fields> {
  /** Whom the request acts for; only routes for signed requests and user tokens have one. */
  app: App
  /** Id of the pusher whom a user token names; empty on other routes. */
  user: string
  /** Who makes the call, for the audit. */
  actor(): Actor
  params: Params
  fields: Fields
}

/** A route whose handler sees only what its schemas let through. */
export function endpoint<Params extends z.ZodObject, Fields extends z.ZodObject>(
  definition: EndpointDefinition<Params, Fields>,
): Endpoint {
  const { handle, ...described } = definition
  return {
    ...described,
    async run(call, deps) {
      const answer = await handle(validated(definition, call), deps)
      const ignored = ignoredFields(definition.fields, call.fields)
      return ignored.length > 0 ? { ...answer, ignored } : answer
    },
  }
}

/** Names of fields that were sent and that the call does not have, as its answer lists them. */
export function ignoredFields(known: z.ZodObject | undefined, sent: Record<string, unknown>): string[] {
  return Object.keys(sent)
    .filter((name) => !known || !Object.hasOwn(known.shape, name))
    .slice(0, MOST_NAMED)
    .map((name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name))
}

/** @throws CarillonError `invalid_field`, in the form "schedat must be …". */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(value)
  if (error) throw new CarillonError('invalid_field', error.issues.map((issue) => sentence(issue, value)).join('; '))
  return data
}

function validated<Params extends z.ZodObject, Fields extends z.ZodObject>(
  { params, fields }: { params?: Params; fields?: Fields },
  call: UncheckedCall,
): EndpointCall<z.output<Params>, z.output<Fields>> {
  return {
    app: call.app,
    user: call.user,
    actor: call.actor,
    // Without a schema the type is that of an empty object, and nothing reads it
    params: (params ? check(params, call.params) : {}) as z.output<Params>,
    fields: (fields ? check(fields, call.fields) : {}) as z.output<Fields>,
  }
}

function sentence(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')} is not a field of ${issue.path.join('.') || 'this call'}`
  const [field] = issue.path
  if (field === undefined) return 'The value must be an object'
  const missing = issue.path.length === 1 && issue.code !== 'custom' && valueAt(value, field) === undefined
  return `${issue.path.join('.')} ${missing ? 'is required' : issue.message}`
}

function valueAt(value: unknown, field: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
}
