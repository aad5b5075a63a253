import { onTestFinished } from 'vitest'
import { admin, type Process } from './installation.ts'

/** The console of an API, for an administrator who is signed in. */
export interface SignedInConsole {
  text(path: string): Promise<string>
  /** Opens a stream, until the test is finished. @returns what it has sent so far */
  stream(path: string): Promise<() => string>
}

export async function signedInConsole({ url }: Process): Promise<SignedInConsole> {
  const body = new URLSearchParams(admin)
  const login = await fetch(`${url}/console/login`, { method: 'POST', body, redirect: 'manual' })
  const cookie = login.headers.getSetCookie()[0]!.split(';', 1)[0]!
  const get = (path: string, signal?: AbortSignal) => fetch(url + path, { headers: { cookie }, signal: signal ?? null })
  return {
    text: async (path) => (await get(path)).text(),
    async stream(path) {
      const over = new AbortController()
      onTestFinished(() => over.abort())
      const response = await get(path, over.signal)
      let text = ''
      const decoder = new TextDecoder()
      const writable = new WritableStream<Uint8Array>({
        write: (chunk) => void (text += decoder.decode(chunk, { stream: true })),
      })
      void response.body!.pipeTo(writable).catch(() => {})
      return () => text
    },
  }
}
