import type { Logger, Pusher, Span, Tracer } from '@carillon/contract'
import { PushLog } from './push-log.ts'

/** A message on its way to a sender: a push's row, or a recipient of a broadcast's page. */
export interface Letter {
  /** The push's id, as the sender sees it. */
  id: string
  app: number
  name: string
  raw: string
  pusher: Pusher
  attempt: number
  failures: number
  /** Names the push in every line. */
  log: Logger
  /** Of this try, until its outcome is recorded. */
  span: Span
}

interface LetterParts {
  sender: { name: string }
  rules: { log: Logger; tracer: Tracer }
}

/** A letter with its log and its span, which continues the trace of what accepted it. */
export function openLetter(
  { sender: { name: sender }, rules: { log, tracer } }: LetterParts,
  content: Omit<Letter, 'log' | 'span'>,
  traceparent: string | null,
): Letter {
  const { id: push, app, attempt } = content
  const attributes = {
    'carillon.app': app,
    'carillon.sender': sender,
    'carillon.push': push,
    'carillon.attempt': attempt,
  }
  return {
    ...content,
    log: new PushLog(log, { push, app, sender, attempt }),
    span: tracer.begin({ name: `deliver ${sender}`, kind: 'consumer', parent: traceparent, attributes }),
  }
}

/** Ends its span. */
export function closeLetter({ span }: Letter, outcome: string): void {
  span.set({ 'carillon.outcome': outcome })
  span.end(outcome === 'failed' || outcome === 'dead' ? 'failed' : undefined)
}
