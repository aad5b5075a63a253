import { parentPort, workerData } from 'node:worker_threads'
import { makeTokens, type TokenWish } from './token.ts'

/* Makes tokens in a thread of its own. They travel as bytes, which are handed over instead of copied. */

const { wish, count } = workerData as { wish: TokenWish; count: number }
const bytes = new TextEncoder().encode(makeTokens(wish, count).join('\n'))
parentPort?.postMessage(bytes, [bytes.buffer])
