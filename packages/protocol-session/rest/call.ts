import type { App } from '@carillon/contract'
import type { SessionParts } from '../parts.ts'

/** A request of an application's server, known by its secret. */
interface Call {
  app: App
  request: Request
  /** What the route's path holds in the places that differ, percent-decoded. */
  places: (string | undefined)[]
  query: URLSearchParams
  /** Where the caller reaches this server, such as `https://push.example.com`. */
  base: string
}

export interface Route {
  method: string
  /** Below `/v2/project/{key}`, or the whole path where there is no project. */
  path: RegExp
  handle(parts: SessionParts, call: Call): Promise<Response>
}
