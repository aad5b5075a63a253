import { type Refusal, type Subject, subjectOfEnhancedCode } from './smtp-reply-code.ts'
import { subjectOfText } from './smtp-reply-text.ts'

/** The server closes, or wants encryption or another login. 454 is a limit of Amazon SES too. */
const EVERYTHING = new Set([421, 432, 454, 500, 502, 503, 504, 523, 524, 525, 530, 534, 535, 538])

/** Storage or processing that failed, once there is a message: RFC 5321, 4.2.3. */
const SERVER_TROUBLE = new Set([451, 452])

/**
 * What a reply of 4xx or 5xx is about. Where neither its codes nor its words tell, it is about the command that it
 * answers.
 */
export function subjectOf(failure: Refusal): Subject {
  const { code, reply, phase } = failure
  if (phase === 'opening' || EVERYTHING.has(code)) return 'everything'
  return subjectOfEnhancedCode(reply) ?? subjectOfText(failure) ?? subjectOfCommand(failure)
}

/** What a refusal is about that others report, such as `550 5.1.1 No such user`: most of them answer `RCPT TO`. */
export function subjectOfReport(reply: string): Subject {
  const code = Number(/^[45]\d\d\b/.exec(reply)?.[0] ?? 550)
  return subjectOf({ code, reply, phase: 'envelope', error: { command: 'RCPT TO' } })
}

function subjectOfCommand({ code, reply, phase, error }: Refusal): Subject {
  if (phase !== 'envelope') return SERVER_TROUBLE.has(code) ? 'everything' : 'message'
  if (code === 552) return 'message'
  if (error.command !== 'RCPT TO') return 'everything'
  // Policies of a server are mostly about the sender or its host; greylisting is about a recipient.
  return code === 554 || /^5\d\d[ -]5\.7\.[01]\b/.test(reply) ? 'everything' : 'recipient'
}
