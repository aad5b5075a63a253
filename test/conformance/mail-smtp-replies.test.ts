import sendmail from '@carillon/sender-mail'
import { createSender, pushFor } from '@carillon/testkit'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { refusals } from '../fixtures/smtp-refusals.ts'
import { type ScriptedSmtp, scriptedSmtp, type SmtpStep } from '../services/scripted-smtp.ts'

let server: ScriptedSmtp
/** What the server says instead. */
let refusal: { at: SmtpStep; reply: string } | undefined
beforeAll(async () => {
  server = await scriptedSmtp((step) => (step === refusal?.at ? { reply: refusal.reply } : undefined))
})
afterAll(() => server.close())

async function start() {
  const lines: object[] = []
  const line = (level: string) => (fields: object, message?: string) => void lines.push({ level, ...fields, message })
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const sender = await createSender(sendmail, { SMTP_URL: server.url, MAIL_FROM: 'bell@example.com' }, { log })
  const push = await pushFor(sender, { data: { subject: 'Hello', text: 'Hello' } })
  return { lines, sender, send: () => sender.send(push).catch((error: unknown) => error) }
}

const cases = refusals.flatMap(([at, subject, replies]) => replies.map((reply) => ({ at, subject, reply })))

describe('a refusal', () => {
  it.each(cases)('at $at that is about $subject: $reply', async ({ at, subject, reply }) => {
    refusal = { at, reply }
    const { sender, send } = await start()
    const outcome = await send()
    await sender.close?.()
    const isFinal = reply.startsWith('5')
    const outage = expect.stringContaining(`SMTP ${reply.slice(0, 3)}`)
    const final = { giveUp: expect.any(String) }
    const later = { name: 'RetryableError', sent: 'no', outage: undefined }
    const ofOne = isFinal ? final : later
    expect(outcome).toMatchObject(subject === 'everything' ? { ...later, outage, needsOperator: isFinal } : ofOne)
  })
})

describe('a quota that is used up', () => {
  it('fails no mail that finds out whether it still is', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    refusal = { at: 'RCPT', reply: '550 5.4.5 Daily user sending limit exceeded' }
    const { sender, send } = await start()
    onTestFinished(() => sender.close?.())
    for (let at = 0; at < 5; at++) await send()
    vi.advanceTimersByTime(10_000)
    const asked = server.steps.length
    expect(await send()).toMatchObject({ later: expect.any(Number) })
    expect(server.steps.length).toBeGreaterThan(asked)
    refusal = undefined
    vi.advanceTimersByTime(20_000)
    expect(await send()).toMatchObject({ done: true })
  })

  it('fails no email for good, is logged once as an error, and lets the others wait', async () => {
    refusal = { at: 'RCPT', reply: '550-5.4.5 Daily user sending limit exceeded.\r\n550 5.4.5 Learn more' }
    const { sender, send, lines } = await start()
    const outcomes = []
    for (let at = 0; at < 30; at++) outcomes.push(await send())
    await sender.close?.()
    expect(outcomes[0]).toMatchObject({
      message: 'the mail server says: 550-5.4.5 Daily user sending limit exceeded. Learn more',
      outage: 'SMTP 550 5.4.5',
    })
    expect(outcomes.filter((outcome) => outcome instanceof Error)).toHaveLength(5)
    expect(outcomes.at(-1)).toEqual({
      later: expect.any(Number),
      reason: 'waits for SMTP (SMTP 550 5.4.5) to work again',
    })
    expect(lines).toEqual([
      {
        level: 'error',
        transport: 'SMTP',
        error: 'SMTP 550 5.4.5',
        message:
          'a transport refuses all messages until an operator corrects the cause; the history of a failed push shows it',
      },
      {
        level: 'warn',
        transport: 'SMTP',
        error: 'SMTP 550 5.4.5',
        message: 'a transport fails and is not used for now',
      },
    ])
  })
})
