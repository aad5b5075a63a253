/**
 * An answer in JSON. `Response.json` makes one of the runtime's own, past the lighter one that the server puts in its
 * place: its body would be read as a stream, which takes longer than most of what is answered here.
 */
export function jsonAnswer(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}
