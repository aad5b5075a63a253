import type { Phase } from './smtp-failure.ts'

/**
 * What a refusal is about: one recipient, one message, or everything that this account, host or sender address sends,
 * which includes a server in trouble.
 */
export type Subject = 'recipient' | 'message' | 'everything'

/** A reply of 4xx or 5xx, and what it answers. */
export interface Refusal {
  code: number
  reply: string
  phase: Phase
  error: { command?: string | undefined }
}

/**
 * Enhanced status codes without their class (RFC 3463, RFC 5248, RFC 7372, RFC 7505, the registry of IANA, and what Gmail
 * and Microsoft 365 add). A code that servers use for more than one subject is not here: the text decides.
 */
const SUBJECTS: [Subject, codes: string][] = [
  ['recipient', '1.1 1.2 1.3 1.4 1.5 1.6 1.10 2.1 2.2 2.4 2.121 2.122'],
  // The way to the recipient's domain
  ['recipient', '4.1 4.4 4.7 4.14 4.310 4.312 4.316'],
  // Lists, owners of mailboxes, and recipients who refuse the sender
  ['recipient', '7.2 7.17 7.18 7.19 7.124 7.133 7.134 7.135 7.136 7.504 7.505 7.507 7.510'],
  ['message', '1.20 2.3 3.4 6.0 6.1 6.2 6.3 6.4 6.5 6.6 6.8 6.9 6.10 6.11 7.3 7.7 7.15 7.16 7.512'],
  // The sender's address, and Microsoft's quotas
  ['everything', '1.7 1.8 1.90 2.252 7.232 7.233'],
  // The system, the network and the protocol
  ['everything', '3.1 3.2 3.3 3.5 4.2 4.3 4.5 5.5 5.6'],
  // Logins and encryption
  ['everything', '7.4 7.5 7.6 7.8 7.9 7.10 7.11 7.12 7.13 7.14 7.57 7.60 7.64'],
  // Blocked hosts, domains and tenants
  ['everything', '7.500 7.501 7.502 7.503 7.506 7.508 7.509 7.511 7.513 7.515 7.850'],
]

/** Codes that were given out as ranges: SPF, DKIM, DMARC and reverse DNS, then Microsoft's banned hosts and tenants. */
const RANGES: [first: number, last: number][] = [
  [20, 40],
  [606, 649],
  [700, 799],
]

const SUBJECT_OF = new Map(
  SUBJECTS.flatMap(([subject, codes]) => codes.split(' ').map((code) => [code, subject] as const)),
)

/** Undefined where the reply has no enhanced code, or one that says too little. */
export function subjectOfEnhancedCode(reply: string): Subject | undefined {
  const [, kind, subject, detail] = /^\d{3}[ -]#?([45])\.(\d{1,3})\.(\d{1,3})\b/m.exec(reply) ?? []
  if (subject === undefined) return undefined
  // Too many recipients, also in a session or an hour; and Postfix's word for a failing look-up
  if (`${subject}.${detail}` === '5.3') return kind === '5' ? 'message' : 'everything'
  if (`${kind}.${subject}.${detail}` === '4.3.0') return 'everything'
  if (subject === '7' && RANGES.some(([first, last]) => Number(detail) >= first && Number(detail) <= last))
    return 'everything'
  return SUBJECT_OF.get(`${subject}.${detail}`)
}
