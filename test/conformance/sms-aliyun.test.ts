import { RetryableError } from '@carillon/contract'
import sendsms from '@carillon/sender-sms'
import {
  createSender,
  exerciseSender,
  fakeProvider,
  pushFor,
  waitFor,
  type FakeProvider,
  type ProviderAnswer,
} from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const accepted = { body: { Code: 'OK', Message: 'OK', BizId: '9006197469364984', RequestId: 'F655A8D5' } }
const data = { template: 'SMS_153055065', signName: '阿里云', params: { code: '1234', name: '{{ pusher.nickname }}' } }

let provider: FakeProvider
beforeEach(async () => void (provider = await fakeProvider(accepted)))
afterEach(() => provider.close())

const create = () =>
  createSender(sendsms, {
    ALIYUN_ACCESS_KEY_ID: 'access-key-id',
    ALIYUN_ACCESS_KEY_SECRET: 'access-key-secret',
    ALIYUN_BASE_URL: provider.url,
  })

exerciseSender(create, {
  push: { data },
  nonsense: [
    { template: '', signName: 'x' },
    { template: 'SMS_1' },
    { ...data, params: ['1234'] },
    { ...data, params: 5 },
    { ...data, params: { code: { deep: 1 } } },
    { ...data, params: '{"deep":{"code":"{{ never closed"}}' },
    { ...data, params: '{{ never closed' },
    { ...data, params: { code: '{{ never closed' } },
  ],
  refused: { data, pusher: { phoneNumber: ' ' } },
})

function sent(): Record<string, string> {
  const [request] = provider.requests
  return Object.fromEntries(new URL(request?.path ?? '', provider.url).searchParams)
}

describe('what arrives at Aliyun', () => {
  it('is a signed SendSms with the template and its params', async () => {
    const sender = await create()
    expect(
      await sender.send(await pushFor(sender, { data, id: 'push-1', pusher: { phoneNumber: '+8613900000000' } })),
    ).toEqual({
      done: true,
      messageId: '9006197469364984',
    })
    const sms = { PhoneNumbers: '+8613900000000', SignName: '阿里云', TemplateCode: 'SMS_153055065', OutId: 'push-1' }
    expect(sent()).toEqual({ ...sms, TemplateParam: '{"code":"1234","name":"Lupino"}' })
    const { method, headers } = provider.requests[0] ?? {}
    expect(method).toBe('POST')
    expect(headers).toMatchObject({ 'x-acs-action': 'SendSms', 'x-acs-version': '2017-05-25' })
    expect(headers?.authorization).toMatch(/^ACS3-HMAC-SHA256 Credential=access-key-id,.*Signature=[0-9a-f]{64}$/)
  })

  it.each([
    ['an object, with texts only', { code: 1234, ok: true }, '{"code":"1234","ok":"true"}'],
    ['a JSON string, as in the legacy server', '{"code":1234}', '{"code":"1234"}'],
    ['any other text, as in the legacy server', 'code=1234', 'code=1234'],
    ['JSON that is no object of texts', '["1234", null, 1.0]', '["1234", null, 1.0]'],
    ['JSON with templates', '{"a":{"b":["{{.NickName}}\\"",1]}}', '{"a":{"b":["L\\"\\"",1]}}'],
    ['a text that is a template', 'Hi {{.NickName}}', 'Hi L"'],
    ['an object with a template, in JSON', '{"code":"{{.NickName}}"}', '{"code":"L\\""}'],
    ['an empty text', '', undefined],
    ['null', null, undefined],
    ['nothing', undefined, undefined],
  ])('takes params as %s', async (_, params, templateParam) => {
    const sender = await create()
    const push = { data: { template: 'SMS_1', signName: 'x', params }, pusher: { nickname: 'L"' } }
    expect(await sendsms.data?.['~standard'].validate(push.data)).not.toHaveProperty('issues')
    await sender.send(await pushFor(sender, push))
    expect(sent().TemplateParam).toBe(templateParam)
  })

  it("goes to the data's phoneNumber rather than the pusher's", async () => {
    const sender = await create()
    await sender.send(await pushFor(sender, { data: { ...data, phoneNumber: '139-0000-0009' } }))
    expect(sent().PhoneNumbers).toBe('13900000009')
  })

  it('is never a list of numbers', async () => {
    const sender = await create()
    const outcome = await sender.send(
      await pushFor(sender, { data, pusher: { phoneNumber: '13900000000,13900000001' } }),
    )
    expect(outcome).toEqual({ giveUp: 'the phone number of lupino is not a single phone number', noAddress: true })
    expect(provider.requests).toEqual([])
  })
})

describe('what Aliyun answers', () => {
  it.each([
    ['isv.MOBILE_NUMBER_ILLEGAL', '非法手机号'],
    ['isv.SMS_TEMPLATE_ILLEGAL', '模板不合法'],
    ['isv.TEMPLATE_MISSING_PARAMETERS', '模板变量缺少对应参数值'],
    ['isv.BLACK_KEY_CONTROL_LIMIT', '模板变量中存在黑名单关键字'],
  ])('%s is given up, with code and message', async (code, message) => {
    provider.answer({ body: { Code: code, Message: message, RequestId: 'x' } })
    const sender = await create()
    expect(await sender.send(await pushFor(sender, { data }))).toEqual({
      giveUp: `Aliyun refused the SMS: ${code}: ${message}`,
    })
  })

  it.each([
    ['触发分钟级流控Permits:1', 60],
    ['触发小时级流控Permits:5', 3600],
    ['触发天级流控Permits:10', 86_400],
    ['too many', undefined],
  ])('a limit is tried again when it is over: %s', async (message, after) => {
    provider.answer({ body: { Code: 'isv.BUSINESS_LIMIT_CONTROL', Message: message } })
    const sender = await create()
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject({ name: 'RetryableError', after })
  })

  it.each([
    [
      'an empty account',
      { body: { Code: 'isv.AMOUNT_NOT_ENOUGH', Message: '余额不足' } },
      'isv.AMOUNT_NOT_ENOUGH: 余额不足',
    ],
    ['trouble of its own', { body: { Code: 'isp.SYSTEM_ERROR', Message: 'x' } }, 'isp.SYSTEM_ERROR'],
    ['a missing right', { body: { Code: 'isp.RAM_PERMISSION_DENY', Message: 'x' } }, 'isp.RAM_PERMISSION_DENY'],
    [
      'a wrong key',
      { status: 404, body: { Code: 'InvalidAccessKeyId.NotFound', Message: 'x' } },
      'InvalidAccessKeyId.NotFound',
    ],
    ['a forbidden key', { status: 403, body: { Code: 'Forbidden.RAM', Message: 'x' } }, 'Forbidden.RAM'],
    [
      'a gateway that is down',
      { status: 503, body: { Code: 'ServiceUnavailable', Message: 'x' } },
      'ServiceUnavailable',
    ],
    ['an error without a code', { status: 500, body: {} }, 'HTTP 500'],
    ['a page of some proxy', { status: 502, body: '<html>Bad gateway</html>' }, 'SyntaxError'],
    ['an answer without a code', { body: {} }, 'without a code'],
    ['half an answer', { ...accepted, fault: 'cut' as const }, 'did not accept the SMS'],
  ])('%s is tried again', async (_, answer, sentence) => {
    provider.answer(answer)
    const sender = await create()
    const error = await sender.send(await pushFor(sender, { data })).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ message: expect.stringContaining(sentence) })
    expect(provider.requests).toHaveLength(1)
  })

  it('carries its retry-after, which is in milliseconds', async () => {
    const throttled = { Code: 'Throttling.User', Message: 'Request was denied due to user flow control.' }
    provider.answer({ status: 400, headers: { 'x-acs-retry-after': '2500' }, body: throttled })
    const sender = await create()
    const told = { name: 'RetryableError', message: expect.stringContaining('Throttling.User'), after: 3 }
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject(told)
  })

  it('never repeats the signed request that a refused signature quotes', async () => {
    const quoted = 'server string to sign is: POST TemplateParam=%7B%22code%22%3A%221234%22%7D'
    provider.answer({ status: 400, body: { Code: 'SignatureDoesNotMatch', Message: quoted } })
    const sender = await create()
    const told = {
      name: 'RetryableError',
      message: 'Aliyun did not accept the SMS: SignatureDoesNotMatch',
      cause: undefined,
    }
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject(told)
  })
})

describe('whether the sms may be out', () => {
  it.each<[string, ProviderAnswer, 'no' | 'maybe', string | undefined]>([
    ['a limit for the number', { body: { Code: 'isv.BUSINESS_LIMIT_CONTROL' } }, 'no', undefined],
    ['trouble of its own', { body: { Code: 'isp.SYSTEM_ERROR' } }, 'no', 'isp.SYSTEM_ERROR'],
    ['a server that is down', { status: 503, body: { Code: 'ServiceUnavailable' } }, 'no', 'ServiceUnavailable'],
    ['an answer without a code', { body: {} }, 'maybe', 'without a code'],
    ['a page of some proxy', { status: 502, body: '<html>Bad gateway</html>' }, 'maybe', 'SyntaxError'],
    ['half an answer', { ...accepted, fault: 'cut' }, 'maybe', 'ECONNRESET'],
  ])('is told of %s', async (_, answer, out, outage) => {
    provider.answer(answer)
    const sender = await create()
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject({ sent: out, outage })
  })
})

describe('no answer', () => {
  it('is retried when nobody listens', async () => {
    const sender = await create()
    await provider.close()
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject({
      message: 'Aliyun did not accept the SMS: ECONNREFUSED',
      sent: 'no',
      outage: 'ECONNREFUSED',
    })
  })

  it('ends when the push is aborted', async () => {
    provider.answer({ fault: 'hang' })
    const stop = new AbortController()
    const sender = await create()
    const sending = sender.send(await pushFor(sender, { data, signal: stop.signal }))
    sending.catch(() => {})
    await waitFor(() => provider.requests[0])
    stop.abort()
    await expect(sending).rejects.toBeInstanceOf(RetryableError)
  })
})
