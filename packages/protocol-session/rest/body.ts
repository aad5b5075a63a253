import { describeIssues } from '@carillon/contract'
import type * as z from 'zod'
import { Refusal } from '../refusal.ts'

/** Bytes: six for each of a signal's, where all are spelled as `\u0000`. */
const LONGEST_BODY = 64 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })

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
  const bytes = await readBounded(request)
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Refusal(400, 'The body is not UTF-8.')
  }
}

async function readBounded(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > LONGEST_BODY) throw tooLong()
  try {
    return await readStream(request.body)
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, 'The body broke off.')
  }
}

/** What is left over is the server's to drain, or the answer is lost. */
async function readStream(stream: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream?.values({ preventCancel: true }) ?? []) {
    size += chunk.length
    if (size > LONGEST_BODY) throw tooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, 'The body is not JSON.')
  }
}

function tooLong(): Refusal {
  return new Refusal(413, `The body may have at most ${LONGEST_BODY} bytes.`)
}
