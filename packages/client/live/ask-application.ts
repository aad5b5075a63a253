/** How the application is asked. */
export interface Asking {
  /** Headers of every request to the endpoints, such as a token; asked for each time. */
  headers?: (() => Record<string, string>) | undefined
  /** Whether cookies go along to another origin; default `same-origin`: to the own one only. */
  credentials?: 'include' | 'same-origin' | 'omit' | undefined
}

/**
 * Posts a form to an auth endpoint, as pusher-js would do; but the sentence of a refusal comes along,
 * and it is the same in Node as in a browser.
 */
export async function askApplication<Answer>(
  endpoint: string,
  form: Record<string, string>,
  { headers, credentials = 'same-origin' }: Asking,
): Promise<Answer> {
  const init = { method: 'POST', headers: headers?.() ?? {}, credentials, body: new URLSearchParams(form) }
  const response = await fetch(endpoint, init).catch((error: Error) => {
    throw new Error(`${endpoint} cannot be asked: ${error.message}`)
  })
  if (response.ok) return response.json() as Promise<Answer>
  const text = await response.text()
  throw new Error(/^[^<{].{0,999}$/s.test(text) ? text : `${endpoint} answered ${response.status}`)
}
