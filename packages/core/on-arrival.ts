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
 * Milliseconds between looks: a push that was being tried when its pusher connected was told that nobody is there,
 * and is put off only afterwards. The last is for processes that do not answer whether they have somebody.
 */
const LOOKS_AFTER_MS = [0, 500, 5000]

/** A person has connected: what waited for that goes now. Never throws; without it the pushes are tried when they are due. */
export function onArrival({ pushes, waker, log }: ArrivalParts): (app: number, user: string) => Promise<void> {
  const look = async (app: number, user: string) => waker.pushes(await pushes.hasten(app, REALTIME_SENDER, user))
  return async (app, user) => {
    try {
      for (const milliseconds of LOOKS_AFTER_MS) {
        if (milliseconds > 0) await pause(milliseconds, undefined, { ref: false })
        await look(app, user)
      }
    } catch (error) {
      log.warn({ app, code: errorCode(error) }, 'the pushes that wait for a person could not be looked at')
    }
  }
}
