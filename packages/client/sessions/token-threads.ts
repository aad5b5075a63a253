import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { makeTokens, type TokenWish } from './token.ts'

/** To start a thread takes as long as to make so many. */
const WORTH_A_THREAD = 5000

/** @param parallel how many threads at most, this one included; true: one for each core */
export async function makeTokensInThreads(
  wish: TokenWish,
  count: number,
  parallel: boolean | number,
): Promise<string[]> {
  const most = parallel === true ? availableParallelism() : Number(parallel)
  const threads = Math.max(1, Math.min(most, Math.floor(count / WORTH_A_THREAD)))
  const share = Math.floor(count / threads)
  const others = Array.from({ length: threads - 1 }, () => inThread(wish, share))
  const own = makeTokens(wish, count - share * (threads - 1))
  return own.concat(...(await Promise.all(others)))
}

/** A thread that breaks rejects with its error. */
async function inThread(wish: TokenWish, count: number): Promise<string[]> {
  const thread = new Worker(new URL('./token-thread.ts', import.meta.url), { workerData: { wish, count } })
  const [bytes] = (await once(thread, 'message')) as [Uint8Array]
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split('\n')
}
