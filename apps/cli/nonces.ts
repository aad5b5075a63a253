import { batch } from '@carillon/async'
import type { NonceRepository, NonceStore } from '@carillon/store'

const MAX = 500
const CONCURRENCY = 2

/** Nonces of requests that arrive together are used in one statement. */
export function nonceStore(nonces: NonceRepository): NonceStore {
  const use = batch(nonces.use, { max: MAX, concurrency: CONCURRENCY })
  return { use: (app, nonce, seconds) => use({ app, nonce, seconds }) }
}
