import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guardedOutbound } from '@carillon/outbound'
import { hookSender } from '@carillon/sender-hook'
import sendmail from '@carillon/sender-mail'
import sendsms from '@carillon/sender-sms'
import { createSender, examplePush } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

/** Answers one request of each connection, and resets the connection at the next, as if it had been closing it. */
async function closingServer(status: number, body: unknown): Promise<{ url: string; connections(): number }> {
  const used = new WeakSet<object>()
  let connections = 0
  const server = createServer((request: IncomingMessage, response) => {
    if (used.has(request.socket)) return void request.socket.resetAndDestroy()
    used.add(request.socket)
    request.resume().once('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  server.on('connection', () => connections++)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections }
}

const text = { text: 'Hello' }

const calls: Record<string, { answer: [number, unknown]; caller(url: string): Promise<() => unknown> }> = {
  'a hook': {
    answer: [200, {}],
    async caller(url) {
      const hook = hookSender({ name: 'hook1', url, secret: 'secret' })
      return () => hook.send(examplePush())
    },
  },
  SendGrid: {
    answer: [202, ''],
    async caller(url) {
      const env = { SENDGRID_API_KEY: 'SG.secret', SENDGRID_BASE_URL: url, MAIL_FROM: 'bell@example.com' }
      const sender = await createSender(sendmail, env)
      return () => sender.send(examplePush({ data: { subject: 'Hello', ...text } }))
    },
  },
  Twilio: {
    answer: [201, { sid: 'SM1' }],
    async caller(url) {
      const env = {
        TWILIO_ACCOUNT_SID: 'AC1',
        TWILIO_AUTH_TOKEN: 't',
        TWILIO_FROM: '+15005550001',
        TWILIO_BASE_URL: url,
      }
      const sender = await createSender(sendsms, env)
      return () => sender.send(examplePush({ data: text }))
    },
  },
  Aliyun: {
    answer: [200, { Code: 'OK', BizId: '1' }],
    async caller(url) {
      const env = { ALIYUN_ACCESS_KEY_ID: 'id', ALIYUN_ACCESS_KEY_SECRET: 'secret', ALIYUN_BASE_URL: url }
      const sender = await createSender(sendsms, env)
      return () => sender.send(examplePush({ data: { template: 'SMS_1', signName: 'x', params: {} } }))
    },
  },
  'a webhook': {
    answer: [200, {}],
    async caller(url) {
      const outbound = guardedOutbound({ allowPrivate: true })
      onTestFinished(() => outbound.close())
      return () => outbound.post({ url, body: 'x', timeout: 5000 })
    },
  },
}

describe('a call is not lost on a connection that the other side was closing', () => {
  it.each(Object.keys(calls))('%s', async (name) => {
    const { answer, caller } = calls[name]!
    const server = await closingServer(...answer)
    const call = await caller(server.url)
    for (let count = 1; count <= 3; count++) {
      await call()
      expect(server.connections()).toBe(count)
    }
  })
})
