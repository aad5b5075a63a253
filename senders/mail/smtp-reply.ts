import type { Phase } from './smtp-failure.ts'

/**
 * What a refusal is about: one recipient, one message, or everything that this account, host or sender address sends,
 * which includes a server in trouble.
 */
export type Subject = 'recipient' | 'message' | 'everything'

/** A reply of 4xx or 5xx, and what it answers. */
interface SmtpRefusal {
  code: number
  reply: string
  phase: Phase
  error: { command?: string | undefined }
}

/** The server closes, or wants encryption or another login. 454 is a limit of Amazon SES too. */
const EVERYTHING = new Set([421, 432, 454, 500, 502, 503, 504, 523, 524, 525, 530, 534, 535, 538])

/** Storage or processing that failed, once there is a message: RFC 5321, 4.2.3. */
const SERVER_TROUBLE = new Set([451, 452])

/**
 * What a reply of 4xx or 5xx is about. If neither its codes nor its words decide, it is about the command that it
 * answers.
 */
export function subjectOf(failure: SmtpRefusal): Subject {
  const { code, reply, phase } = failure
  if (phase === 'opening' || EVERYTHING.has(code)) return 'everything'
  return subjectOfEnhancedCode(reply) ?? subjectOfText(failure) ?? subjectOfCommand(failure)
}

/** What a refusal is about that others report, such as `550 5.1.1 No such user`: most of them answer `RCPT TO`. */
export function subjectOfReport(reply: string): Subject {
  const code = Number(/^[45]\d\d\b/.exec(reply)?.[0] ?? 550)
  return subjectOf({ code, reply, phase: 'envelope', error: { command: 'RCPT TO' } })
}

function subjectOfCommand({ code, reply, phase, error }: SmtpRefusal): Subject {
  if (phase !== 'envelope') return SERVER_TROUBLE.has(code) ? 'everything' : 'message'
  if (code === 552) return 'message'
  if (error.command !== 'RCPT TO') return 'everything'
  // Policies of a server are mostly about the sender or its host; greylisting is about a recipient.
  return code === 554 || /^5\d\d[ -]5\.7\.[01]\b/.test(reply) ? 'everything' : 'recipient'
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

/** Undefined if the reply has no enhanced code, or an ambiguous one. */
function subjectOfEnhancedCode(reply: string): Subject | undefined {
  const [, kind, subject, detail] = /^\d{3}[ -]#?([45])\.(\d{1,3})\.(\d{1,3})\b/m.exec(reply) ?? []
  if (subject === undefined) return undefined
  // Too many recipients, also in a session or an hour; and Postfix's word for a failing look-up
  if (`${subject}.${detail}` === '5.3') return kind === '5' ? 'message' : 'everything'
  if (`${kind}.${subject}.${detail}` === '4.3.0') return 'everything'
  if (subject === '7' && RANGES.some(([first, last]) => Number(detail) >= first && Number(detail) <= last))
    return 'everything'
  return SUBJECT_OF.get(`${subject}.${detail}`)
}

/** Who sends, and how much. */
const SENDER =
  /\brelay|\brcpthosts\b|\bsenders?\b.{0,60}\b(?:reject|denied|refused|verif|unknown|not |invalid|unauth|block|black|bann)|\b(?:unauthenticated|unverified|invalid|bad) senders?\b|\bsend as\b|\bfrom address\b|\byour (?:account|ip|host|domain|server|network|organi[sz]ation)\b|\bmessages from\b/
const LIMIT =
  /\bsending\b|\bdaily\b|\bhourly\b|\bper (?:second|minute|hour|day)\b|\bsubmission\b|\boutgoing\b|\boutbound\b|thrott|\brate.?limit|\bmessage rate\b|\bcredits\b|\btoo (?:many|much mail|fast|quickly)\b|\blimit exceeded\b|\bexceed\w* .{0,30}\blimit\b/

const SIZE = /\bsize\b|\btoo (?:big|large)\b|\btoo much mail data\b|\bmessage length\b/

const CONTENT =
  /\bcontents?\b|\burls?\b|\buribl\b|\bsurbl\b|\blinks?\b|\bvirus|\bmalware\b|\bphish|\battachment|\bheader|\bmime\b/

const RECIPIENT = new RegExp(
  [
    String.raw`\b(?:no such|unknown|invalid|bad|non-?existent|inactive|disabled) (?:local )?(?:user|mailbox|recipient|account|address|person|domain|destination)`,
    String.raw`\b(?:user|mailbox|recipient|account|address|addressee|inbox|alias)\b.{0,60}(?:\bunknown|\bnot (?:found|exist|known|available|listed|valid|local|active|here|verified as)|\bno longer|\b(?:does|is|did)n['’]?t|\bdoes not|\bunavailable|\bdisabled|\binactive|\bdeactivated|\bsuspended|\bfull\b|\binvalid|quota|\bexpired|\bclosed|\bundeliverable|\bhave an?\b)`,
    String.raw`\bno mailbox\b|\brecipient (?:address )?(?:rejected|refused|denied)|\bover ?quota|\bquota exceeded|\bexceeded storage|\bunrout|\b(?:domain|host) not found|gr[ae]y-? ?list`,
  ].join('|'),
)

const HOST =
  /\b(?:client|sending|remote|originating|connecting) (?:host|ip|server|network|address|mta|domain)|\b(?:black|block|deny|drop)[- ]?list|\bdnsbl|\brbl\b|spamhaus|spamcop|barracuda|\bsorbs\b|\bblocked using\b|\bbanned\b|\breputation\b|\b(?:he|eh)lo\b|\breverse dns\b|\br?dns\b|\bptr\b/
const LOGIN =
  /\bauth|\blog ?in\b|\bcredential|\bpassword|\bspf\b|\bdkim\b|\bdmarc\b|\bstarttls\b|\btls\b|\bverified\b|\bactivated\b|\baccount\b|\bsuspended\b|\bpermission|\bnot allowed to send\b/
const SERVER =
  /\b(?:server|service|system|local|internal|temporary) (?:error|problem|failure|storage|lookup|unavailable|not available|busy)|\blocal error\b|\blookup fail|\bresources\b|\bbusy\b.{0,20}\bserver|\bserver\b.{0,20}\bbusy/

const OF_MESSAGE = /\bmessage\b|\be?mail\b|\bspam/

/** About the client, unless it is about a message. */
const POLICY = /\bblocked\b|\bdenied\b|\bpolicy\b|\bprohibit|\bforbidden\b|\bblack/

/** What the words of a reply are about: undefined where they say too little. */
function subjectOfText({ code, reply, phase, error }: SmtpRefusal): Subject | undefined {
  const text = words(reply)
  const isOfMessage = phase === 'sent' || phase === 'sending'
  if (code >= 500 && text.includes('too many recipients')) return 'message'
  if (isOfMessage && CONTENT.test(text) && !LOGIN.test(text)) return 'message'
  if (SIZE.test(text)) return 'message'
  if (SENDER.test(text) || LIMIT.test(text)) return 'everything'
  if (error.command !== 'MAIL FROM' && RECIPIENT.test(text)) return 'recipient'
  if (HOST.test(text) || LOGIN.test(text) || SERVER.test(text)) return 'everything'
  return POLICY.test(text) && !(isOfMessage && OF_MESSAGE.test(text)) ? 'everything' : undefined
}

/** A reply of several lines as one, in lower case and without its codes. */
function words(reply: string): string {
  return reply.replaceAll(/(?:^|[\r\n]+)\d{3}[ -]?(?:#?\d\.\d{1,3}\.\d{1,3} ?)?/g, ' ').toLowerCase()
}
