import type { Outcome } from '@carillon/contract'

export type OutcomeKind = 'done' | 'later' | 'giveUp' | 'failed'

/**
 * What an outcome means; an Error, as `sendBatch` may answer, is a failed try.
 * @throws Error where it is none: senders in plain JavaScript can answer anything.
 */
export function outcomeKind(outcome: Outcome | Error): OutcomeKind {
  const answer: unknown = outcome
  if (answer === undefined) return 'done'
  if (answer instanceof Error) return 'failed'
  if (typeof answer === 'number') return laterOrDone(answer)
  if (typeof answer === 'object' && answer !== null) {
    if ('done' in answer && answer.done === true && hasGoodId(answer)) return 'done'
    if ('later' in answer) return laterOrDone(answer.later)
    if ('giveUp' in answer && typeof answer.giveUp === 'string' && answer.giveUp !== '') return 'giveUp'
  }
  throw new Error(`Not an outcome: ${JSON.stringify(answer)}`)
}

function hasGoodId(answer: object): boolean {
  const messageId: unknown = 'messageId' in answer ? answer.messageId : undefined
  return messageId === undefined || (typeof messageId === 'string' && messageId !== '')
}

function laterOrDone(seconds: unknown): OutcomeKind {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0)
    throw new Error(`Not a number of seconds: ${String(seconds)}`)
  return seconds === 0 ? 'done' : 'later'
}
