import type { Refusal, Subject } from './smtp-reply-code.ts'

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

/** Said of whoever calls, unless it is said of a message. */
const POLICY = /\bblocked\b|\bdenied\b|\bpolicy\b|\bprohibit|\bforbidden\b|\bblack/

/** What the words of a reply are about: undefined where they say too little. */
export function subjectOfText({ code, reply, phase, error }: Refusal): Subject | undefined {
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
