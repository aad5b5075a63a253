import { describeIssues } from '@carillon/contract'
import type * as z from 'zod'
import { readBody, Refusal, textOf } from '@carillon/request'

/** Bytes: six for each of a signal's, where all are spelled as `\u0000`. */
const LONGEST_BODY = 64 * 1024

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
