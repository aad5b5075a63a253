import { parentPort } from 'node:worker_threads'
import { compareSync, hashSync } from 'bcryptjs'
import type { HashingAnswer, HashingTask } from './passwords.ts'

/*
 * Runs in a thread of its own: a hash takes as long as it is meant to, and live connections must not wait for it.
 */

/** Rounds, as a power of two: about 60 ms. */
const COST = 10

parentPort?.on('message', (task: HashingTask) => parentPort?.postMessage(answer(task)))

function answer({ id, password, hash }: HashingTask): HashingAnswer {
  try {
    return hash === undefined ? { id, hash: hashSync(password, COST) } : { id, isRight: compareSync(password, hash) }
  } catch {
    return { id } // not a hash of bcrypt's
  }
}
