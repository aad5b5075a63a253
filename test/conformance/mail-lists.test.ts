import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { PushLinks } from '@carillon/contract'
import sendmail from '@carillon/sender-mail'
import { createSender, fakeProvider, pushFor, type PushOverrides } from '@carillon/testkit'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { outboxIn } from '../../apps/cli/senders/outbox.ts'
import { emptyFolder } from '../services/carillon.ts'
import { mailReaders } from '../services/mail-readers.ts'

const data = { subject: 'News', text: 'Read all about it' }
const MAIL_FROM = 'bell@example.com'
const TOKEN = 'AQ-_'.repeat(60)
const UNSUBSCRIBE = `https://bell.example.com/u/${TOKEN}`

function links(fields: Partial<PushLinks> = {}): PushLinks {
  const list = { id: 'news.bell.example.com', title: 'News' }
  return { unsubscribe: UNSUBSCRIBE, preferences: `${UNSUBSCRIBE}-all`, list, ...fields }
}

type Send = (push: PushOverrides, env?: Record<string, string>) => Promise<Buffer>

const bySmtp: Send = async (push, env) => {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 10,
    onData: (stream, _session, callback) => {
      void buffer(stream).then(resolve)
      stream.on('end', () => callback())
    },
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.server.address() as AddressInfo
  const sender = await createSender(sendmail, { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM, ...env })
  onTestFinished(async () => {
    await sender.close?.()
    await new Promise<void>((closed) => server.close(closed))
  })
  expect(await sender.send(await pushFor(sender, push))).toMatchObject({ done: true })
  return promise
}

const byOutbox: Send = async (push, env) => {
  const folder = await emptyFolder()
  const sender = await createSender(sendmail, { ...env }, { outbox: outboxIn(folder) })
  await sender.send(await pushFor(sender, push))
  const [name = ''] = await readdir(folder)
  return readFile(join(folder, name))
}

describe.each([
  ['SMTP', bySmtp],
  ['the outbox', byOutbox],
])('a mail of a list through %s', (_, send) => {
  describe.each(mailReaders)('as %s reads it', (_name, isHere, readHeaders) => {
    const read = async (...push: Parameters<Send>) => readHeaders(await send(...push))

    it.skipIf(!isHere)('has one https link, whole, and is left by one click', async () => {
      const headers = await read({ data, links: links() })
      expect(headers).toMatchObject({
        'list-unsubscribe': `<${UNSUBSCRIBE}>`,
        'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
        'number of list-unsubscribe': '1',
      })
      expect(headers['list-id']?.replaceAll('"', '')).toBe('News <news.bell.example.com>')
    })

    it.skipIf(!isHere)('has a mailbox beside the link, where one is set', async () => {
      const headers = await read({ data, links: links() }, { UNSUBSCRIBE_MAILTO: 'Leave <leave+now@bücher.example>' })
      const mailto = `<mailto:leave%2Bnow@xn--bcher-kva.example?subject=unsubscribe%20${TOKEN}>`
      expect(headers['list-unsubscribe']).toBe(`<${UNSUBSCRIBE}>, ${mailto}`)
    })

    it
      .skipIf(!isHere)
      .each([
        ['Spring, "Sale"; <b@x.com>', String.raw`"Spring, \"Sale\"; <b@x.com>"`],
        ['Nachrichten für Zürich 🔔'.repeat(8).trim()],
        ['新聞'.repeat(100)],
        ['News\r\nBcc: x@example.com', '"News Bcc: x@example.com"'],
      ])('has the title %j as a name, whatever is in it', async (title, written = title) => {
      const headers = await read({ data, links: links({ list: { id: 'news.example', title } }) })
      const plain = (text: string | undefined) => text?.replaceAll(/["\\]/g, '')
      expect(plain(headers['list-id'])).toBe(`${plain(written)} <news.example>`)
      expect(headers['bcc']).toBeUndefined()
    })

    it.skipIf(!isHere)('has no header of these from its caller', async () => {
      const forged = {
        'list-unsubscribe': '<https://evil.example>',
        'LIST-UNSUBSCRIBE-POST': 'x',
        'List-Id': '<evil.example>',
        'X-Campaign': 'spring',
      }
      const headers = await read({ data: { ...data, headers: forged }, links: links() })
      expect(JSON.stringify(headers)).not.toContain('evil')
      expect(headers).toMatchObject({ 'number of list-unsubscribe': '1', 'x-campaign': 'spring' })
    })

    it.skipIf(!isHere)('has no one-click header without TLS, which RFC 8058 needs', async () => {
      const unsubscribe = 'http://127.0.0.1:6001/u/token'
      const headers = await read({ data, links: links({ unsubscribe }) })
      expect(headers['list-unsubscribe']).toBe(`<${unsubscribe}>`)
      expect(headers['list-unsubscribe-post']).toBeUndefined()
    })

    it.skipIf(!isHere)('is another mail where it is from no list, and keeps what its caller says', async () => {
      const own = { 'List-Unsubscribe': '<https://shop.example/leave>' }
      const headers = await read({ data: { ...data, headers: own }, links: links({ list: undefined }) })
      expect(headers['list-unsubscribe']).toBe('<https://shop.example/leave>')
      expect(headers['list-unsubscribe-post']).toBeUndefined()
      expect((await read({ data }))['list-unsubscribe']).toBeUndefined()
    })
  })

  it('has no line that is too long, and begins the link in the line of its name', async () => {
    const title = 'x'.repeat(255)
    const source = await send({ data, links: links({ list: { id: 'news.example', title } }) })
    const lines = source.toString('latin1').split('\r\n')
    expect(lines.filter((line) => line.length > 998)).toEqual([])
    expect(lines).toContain(`List-Unsubscribe: <${UNSUBSCRIBE}>`)
  })
})

describe('mails of a list through SendGrid', () => {
  const urlOf = (at: number) => `https://bell.example.com/u/token${at}`

  interface Personalization {
    to: { email: string }[]
    headers: Record<string, string>
  }

  /** The mail that SendGrid makes for a recipient: it copies the headers as they are. */
  function mailOf({ to, headers }: Personalization): Buffer {
    const lines = Object.entries({ To: to[0]!.email, ...headers }).map(([name, value]) => `${name}: ${value}`)
    return Buffer.from([...lines, '', 'Read all about it', ''].join('\r\n'))
  }

  /** The bodies of the calls that a batch makes. */
  async function sendBatch(pushes: PushOverrides[]) {
    const provider = await fakeProvider({ status: 202, headers: { 'x-message-id': 'sg-1' }, body: '' })
    onTestFinished(() => provider.close())
    const options = { SENDGRID_API_KEY: 'SG.secret', SENDGRID_BASE_URL: provider.url, MAIL_FROM }
    const sender = await createSender(sendmail, options)
    await sender.sendBatch!(await Promise.all(pushes.map((push) => pushFor(sender, push))))
    return provider.requests.map(({ body }) => JSON.parse(body))
  }

  const recipient = (at: number, fields: PushOverrides = {}): PushOverrides => ({
    id: `push-${at}`,
    data,
    pusher: { id: `p${at}`, email: `p${at}@example.com` },
    links: links({ unsubscribe: urlOf(at) }),
    ...fields,
  })

  it('share a call, in which each recipient has links of their own', async () => {
    const headers = { 'X-Note': 'Grüße', 'List-Id': '<evil.example>' }
    const pushes = Array.from({ length: 20 }, (_, at) => recipient(at, { data: { ...data, headers } }))
    const [call, ...others] = await sendBatch(pushes)
    expect(others).toEqual([])
    expect(call.headers).toBeUndefined()
    expect(call.tracking_settings).toEqual({ subscription_tracking: { enable: false } })
    expect(call.personalizations).toMatchObject(
      pushes.map((_, at) => ({
        to: [{ email: `p${at}@example.com` }],
        headers: {
          'X-Note': '=?UTF-8?B?R3LDvMOfZQ==?=',
          'List-Unsubscribe': `<${urlOf(at)}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          'List-Id': '"News" <news.bell.example.com>',
        },
      })),
    )
  })

  const installed = mailReaders.filter(([, isHere]) => isHere)

  it.each(installed)('arrive with these headers, as %s reads them', async (_name, _isHere, readHeaders) => {
    const [call] = await sendBatch([1, 2].map((at) => recipient(at)))
    const read = await Promise.all(call.personalizations.map((one: Personalization) => readHeaders(mailOf(one))))
    expect(read).toMatchObject(
      [1, 2].map((at) => ({
        'list-unsubscribe': `<${urlOf(at)}>`,
        'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
        'list-id': expect.stringMatching(/^"?News"? <news\.bell\.example\.com>$/),
        'number of list-unsubscribe': '1',
      })),
    )
  })

  it('share a call although their texts show links of their own, which SendGrid fills in', async () => {
    const shown = {
      subject: 'News',
      text: 'Leave: {{ unsubscribe_url }}',
      html: '<a href="{{ unsubscribe_url }}">Leave</a>',
    }
    const [call, ...others] = await sendBatch([1, 2, 3].map((at) => recipient(at, { data: shown })))
    expect(others).toEqual([])
    for (const [index, { substitutions }] of call.personalizations.entries()) {
      const [[tag, link] = ['', '']] = Object.entries<string>(substitutions)
      expect(link).toBe(urlOf(index + 1))
      const texts = call.content.map(({ value }: { value: string }) => value.replaceAll(tag, link))
      expect(texts).toEqual([`Leave: ${link}`, `<a href="${link}">Leave</a>`])
    }
  })

  it('keep a text apart in which a tag of ours stands already', async () => {
    const odd = { subject: 'News', text: '-carillon-link-0- {{ unsubscribe_url }}' }
    const calls = await sendBatch([1, 2].map((at) => recipient(at, { data: odd })))
    const texts = calls.map(({ content }): string => content[0].value).toSorted()
    expect(texts).toEqual([1, 2].map((at) => `-carillon-link-0- ${urlOf(at)}`))
    expect(calls[0].personalizations[0].substitutions).toBeUndefined()
  })

  it('share none with mails of no list, whose settings at SendGrid stay as they are', async () => {
    const calls = await sendBatch([recipient(1), recipient(2, { links: links({ list: undefined }) }), recipient(3)])
    const [listed, other] = calls.toSorted((a, b) => b.personalizations.length - a.personalizations.length)
    expect([listed.personalizations.length, other.personalizations.length]).toEqual([2, 1])
    expect(other.tracking_settings).toBeUndefined()
    expect(other.personalizations[0].headers).toBeUndefined()
  })
})
