import type { SendSmsResponse } from '@alicloud/dysmsapi20170525'
import { RetryableError, type Sent, sentByError, sentByStatus } from '@carillon/contract'

/** What Aliyun, or the way to it, said. */
export interface AliyunAnswer {
  /** `OK`, Aliyun's error code, or what kept it from answering. */
  code: string
  message: string
  /** Seconds. */
  after: number | undefined
  /** Whether the sms may be out although the code is not `OK`. */
  sent: Sent
  messageId: string | undefined
}

/**
 * `isv.` is Aliyun's prefix for the caller's own faults. These of them are not about the number or
 * the message, though: limits pass, and the account is for the operator to mend.
 */
const NOT_FINAL =
  /^isv\.(BUSINESS_LIMIT|DAY_LIMIT|MONTH_LIMIT|AMOUNT|BILLING|OUT_OF_SERVICE|PRODUCT_UN|ACCOUNT|RAM|DENY_IP|FORBIDDEN)/

/** Seconds, by the words in a limit's message: so many to one number per minute, hour or day. */
const LIMITS = new Map([
  ['分钟级', 60],
  ['小时级', 3600],
  ['天级', 86_400],
])

/** An answer with HTTP status 200, which may be a refusal all the same. */
export function answerOf({ body }: SendSmsResponse): AliyunAnswer {
  const { code, message = '', bizId } = body ?? {}
  const [, after] = [...LIMITS].find(([words]) => message.includes(words)) ?? []
  return { code: code ?? 'without a code', message, after, sent: code ? 'no' : 'maybe', messageId: bizId }
}

/** Anything else: another status, or no answer at all. */
export function answerOfError(error: unknown): AliyunAnswer {
  const { name, code, statusCode, message, retryAfter }: Record<string, unknown> = Object(error)
  const named = typeof code === 'string' && code !== 'undefined' // the library writes it so where the answer has none
  return {
    code: named ? code : typeof statusCode === 'number' ? `HTTP ${statusCode}` : String(name),
    message: String(message),
    after: typeof retryAfter === 'number' ? Math.ceil(retryAfter / 1000) : undefined,
    sent:
      typeof statusCode === 'number' ? sentByStatus(statusCode) : neverConnected(message) ? 'no' : sentByError(error),
    messageId: undefined,
  }
}

/** The library's own time-outs differ in their words only. */
function neverConnected(message: unknown): boolean {
  return String(message).startsWith('ConnectTimeout')
}

/**
 * What an answer means for the push. Only messages of `isv.` codes are passed on: a refused
 * signature, for one, quotes the whole signed request.
 * @throws RetryableError unless the sms was taken or never can be
 */
export function aliyunOutcome({ code, message, after, sent }: AliyunAnswer): { giveUp: string } | undefined {
  if (code === 'OK') return undefined
  const isOfTheCaller = code.startsWith('isv.')
  const reason = isOfTheCaller ? `${code}: ${message.slice(0, 300)}` : code
  if (isOfTheCaller && !NOT_FINAL.test(code)) return { giveUp: `Aliyun refused the SMS: ${reason}` }
  throw new RetryableError(`Aliyun did not accept the SMS: ${reason}`, {
    after,
    sent,
    outage: isOfTheCaller ? undefined : code,
  })
}
