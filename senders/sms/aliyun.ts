import { createRequire } from 'node:module'
import type aliyun from '@alicloud/dysmsapi20170525'
import { $OpenApiUtil } from '@alicloud/openapi-core'
import { aliyunOutcome, answerOf, answerOfError } from './aliyun-outcome.ts'
import type { AliyunOptions } from './options.ts'
import type { TemplateSms, Transport } from './transport.ts'

// Not imported: Node and vitest disagree on what the default of such a module is.
const require = createRequire(import.meta.url)
const { default: Client, SendSmsRequest }: typeof aliyun = require('@alicloud/dysmsapi20170525')

const DEFAULT_BASE_URL = 'https://dysmsapi.aliyuncs.com'

/** Milliseconds. The library takes no signal: a send that is aborted settles at once, its request ends by this. */
const TIMEOUT_MS = 10_000

/** Fills in approved templates through Aliyun's library. */
export function aliyunTransport(options: AliyunOptions): Transport<TemplateSms> {
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
