import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeIssues } from '@carillon/contract'
import sendsms from '@carillon/sender-sms'
import { createSender, exampleContext, pushFor, exerciseSender, fakeProvider } from '@carillon/testkit'
import { outboxIn } from '../../apps/cli/senders/outbox.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const twilio = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'twilio-auth-token', TWILIO_FROM: '+15005550001' }
const aliyun = { ALIYUN_ACCESS_KEY_ID: 'id', ALIYUN_ACCESS_KEY_SECRET: 'access-key-secret' }
const text = { text: 'Hello {{.NickName}}' }
const tooMuch = `{% for a in (1..2000) %}${'x'.repeat(1000)}{% endfor %}`
const template = { template: 'SMS_1', signName: '阿里云', params: { code: '1234' } }

let outbox: string
beforeEach(async () => void (outbox = await mkdtemp(join(tmpdir(), 'carillon-outbox-'))))
afterEach(() => rm(outbox, { recursive: true }))

describe('the options', () => {
  it('say what to set when nothing is, and there is no outbox', async () => {
    const missing = expect.stringMatching(
      /TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM.*ALIYUN_ACCESS_KEY_ID, ALIYUN_ACCESS_KEY_SECRET/,
    )
    expect(await sendsms.create({}, exampleContext())).toEqual({ missing })
    expect(await sendsms.create({ TWILIO_FROM: '', ALIYUN_BASE_URL: '' }, exampleContext())).toEqual({ missing })
  })

  it.each([
    ['a provider in part', { ...twilio, TWILIO_FROM: '' }, 'TWILIO_FROM: is also required'],
    ['half a key', { ALIYUN_ACCESS_KEY_SECRET: 'access-key-secret' }, 'ALIYUN_ACCESS_KEY_ID: is also required'],
    ['an account that is none', { ...twilio, TWILIO_ACCOUNT_SID: 'SK1' }, 'TWILIO_ACCOUNT_SID: must start with AC'],
    ['an address that is none', { ...twilio, TWILIO_BASE_URL: 'localhost:1' }, 'TWILIO_BASE_URL: must be an http'],
    [
      'a path for Aliyun',
      { ...aliyun, ALIYUN_BASE_URL: 'http://localhost:1/sms' },
      'ALIYUN_BASE_URL: must not have a path',
    ],
  ])('refuse %s, also where there is an outbox, and repeat no secret', async (_, env, sentence) => {
    const error = await sendsms
      .create(env, exampleContext({ outbox: outboxIn(outbox) }))
      .catch((thrown: Error) => thrown.message)
    expect(error).toContain(`Sender sendsms cannot start: ${sentence}`)
    expect(error).not.toMatch(/twilio-auth-token|access-key-secret/)
  })
})

describe('the data', () => {
  const issuesOf = async (schema: typeof sendsms.data, data: unknown) => {
    const { issues } = (await schema?.['~standard'].validate(data)) ?? {}
    return issues ? describeIssues(issues) : ''
  }

  it.each([
    [{ text: 'a', phonenumber: '1' }, 'there is no field "phonenumber"; did you mean phoneNumber?'],
    [{ text: 'a', to: '1' }, 'there is no field "to"; there are text, phoneNumber'],
    [{ ...template, param: {} }, 'there is no field "param"; did you mean params?'],
    [{ ...template, sign_name: 'x' }, 'there is no field "sign_name"; did you mean signName?'],
    [{ ...template, text: 'a' }, 'there is no field "text"; there are template, params, signName, phoneNumber'],
    [{ txet: 'a' }, 'text: is required; there is no field "txet"; did you mean text?'],
    [{ text: 'a', kind: 'template' }, 'there is no field "kind"'],
  ])('may not be %j', async (data, sentence) => {
    expect(await issuesOf(sendsms.data, data)).toContain(sentence)
  })

  it('is still sent where an earlier version took fields that are unknown by now', async () => {
    const sender = await createSender(sendsms, {}, { outbox: outboxIn(outbox) })
    const data = { ...text, somethingElse: 1 }
    expect(await issuesOf(sender.data, data)).toBe('')
    expect(await sender.send(await pushFor(sender, { data }))).toMatchObject({ done: true })
  })
})

describe('a provider without credentials', () => {
  it.each([
    ['texts wait for Twilio', aliyun, text, 'TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM'],
    ['templates wait for Aliyun', twilio, template, 'ALIYUN_ACCESS_KEY_ID, ALIYUN_ACCESS_KEY_SECRET'],
  ])('%s, which is no failure', async (_, env, data, names) => {
    const sender = await createSender(sendsms, env)
    const later = { later: 300, reason: expect.stringContaining(names) }
    expect(await sender.send(await pushFor(sender, { data }))).toEqual(later)
  })

  it('uses the outbox for it where there is one', async () => {
    const provider = await fakeProvider({ status: 201, body: { sid: 'SM1' } })
    const sender = await createSender(
      sendsms,
      { ...twilio, TWILIO_BASE_URL: provider.url },
      { outbox: outboxIn(outbox) },
    )
    await sender.send(await pushFor(sender, { data: text }))
    expect([provider.requests.length, (await readdir(outbox)).length]).toEqual([1, 0])
    await sender.send(await pushFor(sender, { data: template }))
    expect([provider.requests.length, (await readdir(outbox)).length]).toEqual([1, 1])
    await provider.close()
  })
})

describe('the outbox', () => {
  exerciseSender(() => createSender(sendsms, {}, { outbox: outboxIn(join(outbox, 'made', 'when needed')) }), {
    push: { data: text },
    nonsense: ['text', {}],
    refused: { data: text, pusher: { phoneNumber: '' } },
  })

  it.each([
    ['a text', text, { kind: 'text', text: 'Hello Lupino' }],
    ['a template', template, { kind: 'template', ...template }],
  ])('gets %s as one file, named by time and push, and nothing else', async (_, data, content) => {
    const sender = await createSender(sendsms, {}, { outbox: outboxIn(outbox) })
    const outcome = await sender.send(await pushFor(sender, { data, id: 'a/b' }))
    const files = await readdir(outbox)
    expect(outcome).toEqual({ done: true, messageId: `outbox: ${files[0]}` })
    expect(files).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-[0-9a-f]{32}\.json$/)])
    const written = JSON.parse(await readFile(join(outbox, String(files[0])), 'utf8'))
    expect(written).toEqual({ ...content, to: '+15005550006', push: 'a/b', pusher: 'lupino', attempt: 1 })
  })
})

describe('what can never be sent is given up', () => {
  it.each([
    ['no phone number', { data: text, pusher: { phoneNumber: '' } }, 'lupino has no phone number'],
    [
      'a phone number that is none',
      { data: text, pusher: { phoneNumber: 'call me' } },
      'the phone number of lupino is not',
    ],
    [
      'a phone number of no known country',
      { data: text, pusher: { phoneNumber: '020 7183 8750' } },
      'the phone number of lupino has no country code: write it with one, such as +49, or set PHONE_COUNTRY',
    ],
  ])('%s, which a broadcast skips', async (_, push, reason) => {
    const sender = await createSender(sendsms, {}, { outbox: outboxIn(outbox) })
    expect(await sender.send(await pushFor(sender, push))).toEqual({
      giveUp: expect.stringContaining(reason),
      noAddress: true,
    })
    expect(await readdir(outbox)).toEqual([])
  })

  it.each([
    ['a text that renders to nothing', { text: ' {{ pusher.attributes.none }}' }, 'the text is empty after rendering'],
    ['a template that makes too much text', { text: tooMuch }, 'the template produces too much text'],
  ])('%s', async (_, data, reason) => {
    const sender = await createSender(sendsms, {}, { outbox: outboxIn(outbox) })
    expect(await sender.send(await pushFor(sender, { data }))).toEqual({ giveUp: expect.stringContaining(reason) })
    expect(await readdir(outbox)).toEqual([])
  })
})
