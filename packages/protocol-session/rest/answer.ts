import { jsonAnswer } from '@carillon/request'

const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** Content-Type is exactly `application/json`: SDKs compare it whole. */
export function json(status: number, body: unknown): Response {
  return jsonAnswer(body, { status, headers })
}

export function nothing(): Response {
  return new Response(null, { status: 204, headers })
}

/** What an error is to SDKs. */
export function failure(status: number, message: string, more: Readonly<Record<string, string>> = {}): Response {
  const answer = json(status, { code: status, message })
  for (const [name, value] of Object.entries(more)) answer.headers.set(name, value)
  if (status === 429) answer.headers.set('Retry-After', '1')
  return answer
}
