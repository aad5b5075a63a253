import { Refusal } from '@carillon/request'
import type { Route } from './call.ts'

/**
 * Parts of the API that need a media server or a telephone. SDKs take 404 for "there is no such broadcast", so these say
 * what is the matter.
 */
export const notServed: Route = {
  method: '*',
  path: /^\/(?:(broadcast|dial|captions|render|connect)(?:\/.*)?|session\/[^/]+\/(?:connection\/[^/]+\/)?(play-dtmf))$/s,
  async handle(_, { places }) {
    throw new Refusal(501, `This server does not serve ${places.find(Boolean)}.`)
  },
}
