import { createApi } from '@carillon/api'
import { type Fakes, fakeParts } from './fakes.ts'

export type Form = Record<string, string> | undefined

interface Read {
  status: number
  json: unknown
}

/** The API on fakes, without a socket. */
export interface Api extends Fakes {
  call(method: string, path: string, form?: Form): Promise<Read>
  json(path: string, body: unknown, method?: string): Promise<Read>
}

export function startApi(parts: Fakes = fakeParts()): Api {
  const api = createApi(parts)
  const read = async (response: Response) => ({ status: response.status, json: await response.json() })
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return {
    ...parts,
    call: async (method, path, form) =>
      read(await api.request(path, { method, ...(form && { body: new URLSearchParams(form) }) })),
    json: async (path, body, method = 'POST') =>
      read(await api.request(path, { method, body: JSON.stringify(body), headers: type })),
  }
}
