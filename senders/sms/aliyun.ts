import { createRequire } from 'node:module'
import type { default as aliyun, SendSmsResponse } from '@alicloud/dysmsapi20170525'
import { $OpenApiUtil } from '@alicloud/openapi-core'
import { RetryableError, type Sent, sentByError, sentByStatus } from '@carillon/contract'
import type { AliyunOptions } from './options.ts'
import type { TemplateSms, SmsTransport } from './transport.ts'

// Not imported: Node and vitest disagree on what the default of such a module is.
const require = createRequire(import.meta.url)
const { default: Client, SendSmsRequest }: typeof aliyun = require('@alicloud/dysmsapi20170525')

const DEFAULT_BASE_URL = 'https://dysmsapi.aliyuncs.com'

/** Milliseconds. The library takes no signal: a send that is aborted settles at once, its request ends by this. */
const TIMEOUT_MS = 10_000

/** Fills in approved templates through Aliyun's library. */
export function aliyunTransport(options: AliyunOptions): SmsTransport<TemplateSms> {
  const client = new Client(clientConfig(options))
  return async (sms, push) => {
    const sending = client.sendSms(toRequest(sms, push.id))
    const answer = await unlessAborted(sending, push.signal).then(answerOf, answerOfError)
    const outcome = aliyunOutcome(answer)
    if (outcome) return outcome
    push.log.info({ provider: 'aliyun', messageId: answer.messageId }, 'SMS accepted by the provider')
    return { done: true, messageId: answer.messageId }
  }
}

function toRequest(sms: TemplateSms, id: string) {
  return new SendSmsRequest({
    phoneNumbers: sms.to,
    signName: sms.signName,
    templateCode: sms.template,
    // A template without variables is sent without any.
    templateParam: templateParam(sms.params),
    outId: id,
  })
}

function templateParam(params: TemplateSms['params']): string | undefined {
  if (typeof params === 'string') return params || undefined
  return Object.keys(params).length > 0 ? JSON.stringify(params) : undefined
}

function clientConfig({ accessKeyId, accessKeySecret, baseUrl = DEFAULT_BASE_URL }: AliyunOptions) {
  const { host, protocol } = new URL(baseUrl)
  return new $OpenApiUtil.Config({
    accessKeyId,
    accessKeySecret,
    endpoint: host,
    protocol: protocol.replace(':', ''),
    connectTimeout: TIMEOUT_MS,
    readTimeout: TIMEOUT_MS,
  })
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(new Error('the send was aborted'))
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The answer of Aliyun, or why there was none. */
interface AliyunAnswer {
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
 * the message, though: limits pass, and the operator must correct the account.
 */
const NOT_FINAL =
  /^isv\.(BUSINESS_LIMIT|DAY_LIMIT|MONTH_LIMIT|AMOUNT|BILLING|OUT_OF_SERVICE|PRODUCT_UN|ACCOUNT|RAM|DENY_IP|FORBIDDEN)/

/** Seconds, by the words in a limit's message: so many to one number per minute, hour or day. */
const LIMITS = new Map([
  ['分钟级', 60],
  ['小时级', 3600],
  ['天级', 86_400],
])

/** An answer with HTTP status 200, which may still be a refusal. */
function answerOf({ body }: SendSmsResponse): AliyunAnswer {
  const { code, message = '', bizId } = body ?? {}
  const [, after] = [...LIMITS].find(([words]) => message.includes(words)) ?? []
  return { code: code ?? 'without a code', message, after, sent: code ? 'no' : 'maybe', messageId: bizId }
}

/** Anything else: another status, or no answer at all. */
function answerOfError(error: unknown): AliyunAnswer {
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
 * @throws RetryableError unless the SMS was accepted or can never be
 */
function aliyunOutcome({ code, message, after, sent }: AliyunAnswer): { giveUp: string } | undefined {
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
