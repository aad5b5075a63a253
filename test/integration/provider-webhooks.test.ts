import sendmail from '@carillon/sender-mail'
import sendsms from '@carillon/sender-sms'
import { createSender, fakeProvider, waitFor } from '@carillon/testkit'
import { createApi } from 'carillon'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { fakeSendgrid, twilioCallback } from '../services/provider-signing.ts'
import { onEveryBackend } from './backends.ts'
import { work } from './bells.ts'

const sendgrid = fakeSendgrid()
const TOKEN = 'twilio-auth-token'
const PUBLIC_URL = 'https://bells.example.com'
const providers = { sendgridWebhookKey: sendgrid.key, twilioAuthToken: TOKEN, publicUrl: PUBLIC_URL }
const patient = { timeout: 20_000 }
const MAIL = '{"subject":"Hello","text":"Hello"}'

let used = 0

onEveryBackend('providers that call back', (current) => {
  const { history, broadcasts } = { history: () => store().history, broadcasts: () => store().broadcasts }
  const store = () => current().services.store
  const api = () => current().services.api(1)
  let id: string
  beforeEach(() => void (id = `lupino'${++used}`))

  async function call(path: string, init: RequestInit) {
    const response = await (await createApi(current().services, { providers })).request(path, init)
    expect([response.status, await response.json()]).toEqual([200, { result: 'OK' }])
  }

  async function addLupino(name = id) {
    const fields = { email: `${encodeURIComponent(name)}@Example.com`, phoneNumber: `+1 500 555 0${100 + used}` }
    const change = { addSenders: ['sendmail', 'sendsms'], addTags: [id], fields }
    await current().services.pushers.set(1, name, change, true)
    return fields
  }

  /** A worker with the real sender, whose provider is a local one. */
  async function workWith(sender: typeof sendmail, env: Record<string, string>, answer: object) {
    const provider = await fakeProvider(answer)
    onTestFinished(() => provider.close())
    const base = { SENDGRID_BASE_URL: provider.url, TWILIO_BASE_URL: provider.url, PUBLIC_URL }
    const worker = await work(current().services, [await createSender(sender, { ...base, ...env })])
    onTestFinished(() => worker.stop())
    return provider
  }

  async function startMail() {
    const env = { SENDGRID_API_KEY: 'SG.key', MAIL_FROM: 'bells@example.com' }
    const provider = await workWith(sendmail, env, { status: 202, headers: { 'x-message-id': 'm1' } })
    /** What SendGrid's events about its mails have in common. */
    const mails = () =>
      provider.requests.flatMap(({ body }) =>
        JSON.parse(body).personalizations.map((one: { to: { email: string }[]; custom_args: object }) => ({
          email: one.to[0]?.email,
          sg_message_id: 'm1.filter',
          timestamp: Math.floor(Date.now() / 1000),
          ...one.custom_args,
        })),
      )
    return { mails, requests: provider.requests }
  }

  const startSms = () =>
    workWith(
      sendsms,
      { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: TOKEN, TWILIO_FROM: '+15005550001' },
      { status: 201, body: { sid: 'SM1' } },
    )

  const newest = async () => (await history().list(1, { pusher: id }))[0]
  const until = (state: string) =>
    waitFor(async () => ((push) => push?.state === state && push)(await newest()), patient)
  const told = async (push: string) => (await history().find(1, push))!.timeline.map(({ event }) => event)
  const suppressions = (address: string, app = 1) => store().suppressions.list(app, { address })

  it('tell of a mail: delivered, opened, and the address that complained is left alone until that is lifted', async () => {
    const { mails, requests } = await startMail()
    const { email } = await addLupino()
    await api().push('sendmail', id, MAIL)
    const push = await until('sent')
    const events = ['delivered', 'open', 'spamreport'].map((event, index) => ({
      ...mails()[0],
      event,
      sg_event_id: `${id} ${index}`,
    }))
    await call('/providers/sendgrid', sendgrid.webhook([...events, ...events]))
    await call('/providers/sendgrid/', sendgrid.webhook(events))
    expect(await told(push.id)).toEqual(['accepted', 'sending', 'sent', 'delivered', 'opened', 'complained'])
    expect((await history().find(1, push.id))?.timeline.at(-1)).toEqual({
      event: 'complained',
      time: events[2].timestamp,
      attempt: 1,
      messageId: 'm1.filter',
    })
    const [suppression] = await suppressions(email.toLowerCase())
    expect(suppression).toMatchObject({ sender: 'sendmail', address: 'l***@example.com', reason: 'complaint' })
    expect(await suppressions(email, 2)).toEqual([])

    await api().push('sendmail', id, '{"subject":"Again","text":"Hello"}')
    const dead = await until('dead')
    expect(dead.reason).toMatch(/^the address has been suppressed since \d{4}-\d\d-\d\d: complaint$/)
    expect(requests).toHaveLength(1)

    await store().suppressions.lift(1, suppression!.id)
    await call('/providers/sendgrid', sendgrid.webhook(events)) // told again, it brings nothing back
    await current().services.core.replay(1, dead.id)
    await until('sent')
    expect(requests).toHaveLength(2)
  })

  it('tell of an sms, and the number that is no more is left alone', async () => {
    const provider = await startSms()
    const { phoneNumber } = await addLupino()
    await api().push('sendsms', id, '{"text":"Hello"}')
    const push = await until('sent')
    const form = new URLSearchParams(provider.requests[0]?.body)
    const callback = form.get('StatusCallback')!
    const statuses: Record<string, string>[] = [
      { MessageStatus: 'sent' },
      { MessageStatus: 'undelivered', ErrorCode: '30005' },
    ]
    for (const status of statuses) {
      const request = twilioCallback(TOKEN, callback, { ...status, MessageSid: 'SM1', To: form.get('To')! })
      await call(callback.slice(PUBLIC_URL.length), request)
      await call(callback.slice(PUBLIC_URL.length), request)
    }
    expect((await history().find(1, push.id))?.timeline.slice(3)).toEqual([
      { event: 'bounced', time: expect.any(Number), attempt: 1, messageId: 'SM1', reason: 'Twilio 30005: undelivered' },
    ])
    expect(await suppressions(phoneNumber)).toMatchObject([{ sender: 'sendsms', reason: 'hard bounce' }])
    await api().push('sendsms', id, '{"text":"Again"}')
    expect((await until('dead')).reason).toContain('hard bounce')
    const other = `{"text":"Again","phoneNumber":"+15005559${100 + used}"}`
    await api().push('sendsms', id, other)
    await until('sent')
    expect(provider.requests).toHaveLength(2)
  })

  it('tell of recipients of a broadcast, in which a suppressed address is skipped', async () => {
    const { mails, requests } = await startMail()
    const ids = [`${id}-a`, `${id}-b`, `${id}-c`]
    for (const one of ids) await addLupino(one)
    await store().suppressions.add(
      { app: 1, sender: 'sendmail', address: `${encodeURIComponent(ids[2]!)}@example.com` },
      'x',
    )
    const name = await api().pushAll('sendmail', MAIL, { tag: id })
    const done = await waitFor(
      async () => ((one) => one?.finishedAt && one)(await broadcasts().status(1, name)),
      patient,
    )
    expect(done).toMatchObject({ sent: 2, skipped: 1, dead: 0 })
    expect(requests).toHaveLength(1)
    const events = mails().map((mail) => ({ ...mail, event: 'delivered', sg_event_id: 'd' }))
    await call('/providers/sendgrid', sendgrid.webhook([...events, { ...events[0], push_id: `${done.id}-nobody` }]))
    const reports = [{ event: 'delivered', time: events[0].timestamp, messageId: 'm1.filter' }]
    const recipients = await broadcasts().recipients(1, name, {})
    expect(recipients).toEqual([
      { pusher: ids[0], outcome: 'sent', messageId: 'm1', reason: null, reports },
      { pusher: ids[1], outcome: 'sent', messageId: 'm1', reason: null, reports },
      { pusher: ids[2], outcome: 'skipped', messageId: null, reason: null, reports: [] },
    ])
    expect(await broadcasts().recipients(1, name, { after: ids[0], size: 1 })).toEqual([recipients![1]])
    expect(await broadcasts().recipients(1, name, { pusher: ids[2] })).toEqual([recipients![2]])
    expect(await broadcasts().recipients(2, name, {})).toBeNull()
  })
})
