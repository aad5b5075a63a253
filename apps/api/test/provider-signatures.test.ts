import { createApi, type ProviderSettings } from '@carillon/api'
import { describe, expect, it, vi } from 'vitest'
import { fakeSendgrid, sendgridHeaders, twilioCallback } from '../../../test/services/provider-signing.ts'
import { fakeParts } from './fakes.ts'

/** Made by SendGrid: the example that its own library is tested with. */
const EXAMPLE = {
  key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
  signature: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
  timestamp: '1600112502',
  body: `${JSON.stringify([
    {
      email: 'hello@world.com',
      event: 'dropped',
      reason: 'Bounced Address',
      sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
      sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
      'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
      timestamp: 1600112492,
    },
  ])}\r\n`,
}

const TOKEN = 'twilio-auth-token'
const PUBLIC_URL = 'https://bells.example.com/carillon'
const QUERY = 'push_app=1&push_id=7-a%20b%27%C3%A9'
const CALLBACK = `${PUBLIC_URL}/providers/twilio?${QUERY}`
const FORM = { MessageSid: 'SM1', MessageStatus: 'delivered', To: '+15005550006', Body: 'é & +' }

function start(providers: ProviderSettings) {
  const parts = fakeParts({ providers, open: false })
  const api = createApi(parts)
  const post = async (path: string, init: RequestInit) => {
    const response = await api.request(path, init)
    return { status: response.status, json: await response.json() }
  }
  return { post, ...parts }
}

const twilio = () => start({ publicUrl: `${PUBLIC_URL}/`, twilioAuthToken: TOKEN })

describe("SendGrid's signature", () => {
  it('is what SendGrid makes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_600_112_600_000 })
    const { post, calls } = start({ sendgridWebhookKey: EXAMPLE.key })
    const headers = sendgridHeaders(EXAMPLE.signature, EXAMPLE.timestamp)
    const answer = await post('/providers/sendgrid', { method: 'POST', headers, body: EXAMPLE.body })
    vi.useRealTimers()
    expect(answer).toEqual({ status: 200, json: { result: 'OK' } })
    expect(calls).toEqual([['record', []]])
  })

  it.each([
    ['forged', (own: RequestInit) => ({ ...own, headers: sendgridHeaders('AAAA', now()) })],
    ['of another body', (own: RequestInit) => ({ ...own, body: '[]' })],
    ['of another key', () => fakeSendgrid().webhook([])],
    ['absent', (own: RequestInit) => ({ ...own, headers: without(own, 'signature') })],
  ])('is refused when it is %s', async (_what, change) => {
    const sendgrid = fakeSendgrid()
    const { post, calls } = start({ sendgridWebhookKey: sendgrid.key })
    const answer = await post('/providers/sendgrid/', change(sendgrid.webhook([{}])))
    expect(answer).toMatchObject({ status: 401, json: { code: 'invalid_request_signature' } })
    expect(calls).toEqual([])
  })

  it.each([
    ['stale', () => String(Math.floor(Date.now() / 1000) - 26 * 3600)],
    ['of the future', () => String(Math.floor(Date.now() / 1000) + 1200)],
    ['no time', () => 'now'],
  ])('is refused when its timestamp is %s', async (_what, timestamp) => {
    const sendgrid = fakeSendgrid()
    const { post, calls } = start({ sendgridWebhookKey: sendgrid.key })
    const answer = await post('/providers/sendgrid', sendgrid.webhook([], timestamp()))
    expect(answer).toMatchObject({ status: 401, json: { code: 'invalid_request_time' } })
    expect(calls).toEqual([])
  })

  it('is still accepted when SendGrid retries the next day', async () => {
    const sendgrid = fakeSendgrid()
    const { post } = start({ sendgridWebhookKey: sendgrid.key })
    const yesterday = String(Math.floor(Date.now() / 1000) - 24 * 3600)
    expect(await post('/providers/sendgrid', sendgrid.webhook([], yesterday))).toMatchObject({ status: 200 })
  })

  it('lets in no more than a megabyte, and nothing but a list', async () => {
    const sendgrid = fakeSendgrid()
    const { post } = start({ sendgridWebhookKey: sendgrid.key })
    const large = sendgrid.webhook([{ padding: 'x'.repeat(1_048_576) }])
    expect(await post('/providers/sendgrid', large)).toMatchObject({ status: 413 })
    expect(await post('/providers/sendgrid', sendgrid.webhook({}))).toMatchObject({ status: 400 })
  })
})

describe("Twilio's signature", () => {
  const path = `/providers/twilio?${QUERY}`

  it('covers the public URL, the query and the form', async () => {
    const { post, calls } = twilio()
    expect(await post(path, twilioCallback(TOKEN, CALLBACK, FORM))).toEqual({ status: 200, json: { result: 'OK' } })
    expect(calls).toMatchObject([['record', [{ app: 1, push: "7-a b'é", event: 'delivered', id: 'SM1 delivered' }]]])
  })

  it.each([
    ['forged', path, twilioCallback('another', CALLBACK, FORM)],
    ['of another push', '/providers/twilio?push_app=1&push_id=8', twilioCallback(TOKEN, CALLBACK, FORM)],
    ['of another address', path, twilioCallback(TOKEN, `http://localhost${path}`, FORM)],
    ['of another form', path, { ...twilioCallback(TOKEN, CALLBACK, FORM), body: 'MessageStatus=failed' }],
    [
      'absent',
      path,
      { ...twilioCallback(TOKEN, CALLBACK, FORM), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
  ])('is refused when it is %s', async (_what, called, request) => {
    const { post, calls } = twilio()
    expect(await post(called, request)).toMatchObject({ status: 401, json: { code: 'invalid_request_signature' } })
    expect(calls).toEqual([])
  })
})

it.each([
  ['/providers/sendgrid', { publicUrl: PUBLIC_URL, twilioAuthToken: TOKEN }, 'SENDGRID_WEBHOOK_KEY'],
  ['/providers/twilio', { sendgridWebhookKey: EXAMPLE.key, publicUrl: PUBLIC_URL }, 'TWILIO_AUTH_TOKEN'],
  ['/providers/twilio', { twilioAuthToken: TOKEN }, 'PUBLIC_URL'],
])('%s names the setting it lacks', async (path, settings, name) => {
  const { post, logged } = start(settings)
  const answer = await post(path, { method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } })
  expect(answer).toMatchObject({ status: 404, json: { code: 'not_found', err: expect.stringContaining(name) } })
  expect(logged).toEqual([])
})

function now(): string {
  return String(Math.floor(Date.now() / 1000))
}

function without({ headers }: RequestInit, word: string): Record<string, string> {
  const all = headers as Record<string, string>
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.endsWith(word)))
}
