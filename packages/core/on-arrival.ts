import { setTimeout as pause } from 'node:timers/promises'
import { errorCode, type Logger } from '@carillon/contract'
import type { PushRepository } from '@carillon/store'
import type { Waker } from './wake.ts'

export interface ArrivalParts {
  pushes: PushRepository
  waker: Waker
  log: Logger
}

/** The sender whose pushes wait for people to connect. */
const REALTIME_SENDER = 'sendrealtime'
/**
 * Milliseconds until a second look: a push that was being tried when its pusher connected was told that nobody
 * is there, and is put off only afterwards.
 */
const SECOND_LOOK_MS = 500

/** A person has connected: what waited for that goes now. Never throws; without it the pushes are tried when they are due. */
export function onArrival({ pushes, waker, log }: ArrivalParts): (app: number, user: string) => Promise<void> {
  const look = async (app: number, user: string) => waker.pushes(await pushes.hasten(app, REALTIME_SENDER, user))
  return async (app, user) => {
    try {
      await look(app, user)
      await pause(SECOND_LOOK_MS, undefined, { ref: false })
      await look(app, user)
    } catch (error) {
      log.warn({ app, code: errorCode(error) }, 'the pushes that wait for a person could not be looked at')
    }
  }
}
