import type { Outcome, Push } from '@carillon/contract'
import type { GiveUp } from './compose.ts'
import type { Prepare } from './prepare.ts'
import type { Letter, Transport } from './transport.ts'

/** A `sendBatch` over a transport that sends many. */
export function sendTogether(prepare: Prepare, sendMany: NonNullable<Transport['sendMany']>) {
  return async (pushes: Push[]): Promise<(Outcome | Error)[]> => {
    const prepared = await Promise.all(pushes.map((push) => attempt(prepare, push)))
    const letters = prepared.filter(isLetter)
    const signal = anyOf(new Set(pushes.map((push) => push.signal)))
    const sent = letters.length > 0 ? await sendMany(letters, signal) : []
    const results = sent.values()
    return prepared.map((each) => (isLetter(each) ? results.next().value : each))
  }
}

/** Those of one call mostly share theirs, and a signal costs more than a mail. */
function anyOf(signals: Set<AbortSignal>): AbortSignal {
  const [only] = signals
  return only && signals.size === 1 ? only : AbortSignal.any([...signals])
}

async function attempt(prepare: Prepare, push: Push): Promise<Letter | GiveUp | Error> {
  try {
    return await prepare(push)
  } catch (error) {
    return error as Error
  }
}

function isLetter(prepared: Letter | GiveUp | Error): prepared is Letter {
  return 'pushId' in prepared
}
