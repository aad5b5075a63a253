import { coalesce } from '@carillon/core'
import type { NonceRepository, NonceStore } from '@carillon/store'

const MAX = 500
const LANES = 2

/** Nonces of requests that arrive together are used in one statement. */
export function nonceStore(nonces: NonceRepository): NonceStore {
  const use = coalesce(nonces.use, { max: MAX, lanes: LANES })
  return { use: (app, nonce, seconds) => use({ app, nonce, seconds }) }
}
