import type { App } from '@carillon/contract'
import type { ChannelsParts } from '../parts.ts'
import type { Target } from './target.ts'

/** A request that its app has signed. */
export interface Call {
  app: App
  /** The channel or the user that the path names, or ''. */
  subject: string
  query: Target['query']
  body: Uint8Array
}

export interface Route {
  method: 'GET' | 'POST'
  /** Below the app, decoded; the group is the call's subject. */
  path: RegExp
  /** Default 200. */
  status?: number
  /** @returns the JSON of the answer */
  handle(parts: ChannelsParts, call: Call): Promise<object>
}
