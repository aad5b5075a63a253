import {
  type App,
  type AppDirectory,
  type Archives,
  type Caller,
  describeIssues,
  type Logger,
  type SessionCallbacks,
  type Sessions,
} from '@carillon/contract'
import { jsonAnswer, readBody, Refusal, textOf } from '@carillon/http'
import type * as z from 'zod'
import type { Recorder } from '../archives/recorder.ts'
import type { Rooms } from '../room/rooms.ts'

export interface SessionApiDeps {
  apps: AppDirectory
  sessions: Sessions
  archives: Archives
  sessionCallbacks: SessionCallbacks
  rooms: Rooms
  recorder: Recorder
  log: Logger
  /** Absent: the URL of the request. */
  publicUrl?: string | undefined
}

/** A request of an application's server, known by its secret, in Hono's context. */
export interface SessionEnv {
  Bindings: Caller
  Variables: { app: App }
}

/** Bytes: six for each of a signal's, where all are spelled as `\u0000`. */
const LONGEST_BODY = 64 * 1024

const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

export function pathOf({ target }: Caller): string {
  return target.split('?', 1)[0]!
}

export function queryOf({ target }: Caller): URLSearchParams {
  const mark = target.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : target.slice(mark))
}

/** Hono leaves what it cannot decode as it is. A NUL cannot be looked up in Postgres. @throws Refusal 400 */
export function checkEncoding(path: string): void {
  try {
    if (!decodeURIComponent(path).includes('\0')) return
  } catch {
    // as below
  }
  throw new Refusal(400, 'The path is not percent-encoded UTF-8.')
}

/**
 * Where the caller reaches this server, such as `https://push.example.com`. A proxy says whether it was reached over
 * TLS.
 */
export function baseOf({ publicUrl }: SessionApiDeps, request: Request): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '')
  const { protocol, host } = new URL(request.url)
  return request.headers.get('x-forwarded-proto') === 'https' ? `https://${host}` : `${protocol}//${host}`
}

/** Parsed whatever its Content-Type says: some clients send none. No body counts as `{}`. @throws Refusal 400, 413 */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  return checked(schema, parse((await readText(request)) || '{}'))
}

/** As `readJson`. */
export async function readForm<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  return checked(schema, Object.fromEntries(new URLSearchParams(await readText(request))))
}

/** @throws Refusal 400 */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw new Refusal(400, `${describeIssues(error.issues)}.`)
}

/** Content-Type is exactly `application/json`: SDKs compare it whole. */
export function json(status: number, body: unknown): Response {
  return jsonAnswer(body, { status, headers })
}

export function noContent(): Response {
  return new Response(null, { status: 204, headers })
}

async function readText(request: Request): Promise<string> {
  return textOf(await readBody(request, LONGEST_BODY))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, 'The body is not JSON.')
  }
}
