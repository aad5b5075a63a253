import type { Outcome, Push } from '@carillon/contract'
import type { Compose, GiveUp } from './compose.ts'
import type { Letter, Transport } from './transport.ts'

/** A `sendBatch` over a transport that sends many. */
export function sendTogether(compose: Compose, sendMany: NonNullable<Transport['sendMany']>) {
  return async (pushes: Push[]): Promise<(Outcome | Error)[]> => {
    const composed = pushes.map((push) => attempt(compose, push))
    const letters = composed.filter(isLetter)
    const signal = anyOf(new Set(pushes.map((push) => push.signal)))
    const sent = letters.length > 0 ? await sendMany(letters, signal) : []
    const results = sent.values()
    return composed.map((each) => (isLetter(each) ? results.next().value : each))
  }
}

/** Those of one call mostly share theirs, and a signal costs more than a mail. */
function anyOf(signals: Set<AbortSignal>): AbortSignal {
  const [only] = signals
  return only && signals.size === 1 ? only : AbortSignal.any([...signals])
}

function attempt(compose: Compose, push: Push): Letter | GiveUp | Error {
  try {
    return compose(push)
  } catch (error) {
    return error as Error
  }
}

function isLetter(composed: Letter | GiveUp | Error): composed is Letter {
  return 'pushId' in composed
}
