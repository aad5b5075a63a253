import { chmod, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sendmail from '@carillon/sender-mail'
import { guardedOutbound } from '@carillon/outgoing'
import {
  type ProviderAnswer,
  type PushOverrides,
  createSender,
  examplePush,
  exerciseSender,
  fakeProvider,
  pushFor,
} from '@carillon/testkit'
import { outboxIn } from '../../apps/cli/senders/outbox.ts'
import PostalMime, { type Email } from 'postal-mime'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

const mail = { subject: 'Hello', text: 'Hello' }

let outbox: string
beforeEach(async () => void (outbox = await mkdtemp(join(tmpdir(), 'carillon-outbox-'))))
afterEach(() => rm(outbox, { recursive: true }))

async function send(push: PushOverrides, env: Record<string, string> = {}) {
  const sender = await createSender(sendmail, env, { outbox: outboxIn(outbox) })
  return sender.send(await pushFor(sender, push))
}

/** What is in the outbox after one push. */
async function arrived(push: PushOverrides, env: Record<string, string> = {}): Promise<Email & { source: string }> {
  const outcome = await send(push, env)
  const [name = ''] = await readdir(outbox)
  expect(outcome).toEqual({ done: true, messageId: `outbox: ${name}` })
  const source = await readFile(join(outbox, name), 'utf8')
  await rm(join(outbox, name))
  return { source, ...(await PostalMime.parse(source)) }
}

exerciseSender(() => createSender(sendmail, {}, { outbox: outboxIn(join(outbox, 'made', 'when needed')) }), {
  push: { data: mail },
  nonsense: ['text', {}, { subject: 'Hello' }, { ...mail, subject: '{{' }],
  refused: { data: mail, pusher: { email: '' } },
})

it('is a file for this user alone, in a folder for this user alone', async () => {
  await chmod(outbox, 0o755)
  await send({ data: mail })
  const [name = ''] = await readdir(outbox)
  const modes = await Promise.all([outbox, join(outbox, name)].map(async (path) => (await stat(path)).mode & 0o777))
  expect(modes).toEqual([0o700, 0o600])
})

describe('a mail', () => {
  it('is from a local address by default', async () => {
    expect((await arrived({ data: mail })).from).toEqual({ name: '', address: 'carillon@localhost' })
    const named = { MAIL_FROM_NAME: 'Bell' }
    expect((await arrived({ data: mail }, named)).from).toEqual({ name: 'Bell', address: 'carillon@localhost' })
    const configured = { MAIL_FROM: 'Some Bell <bell@example.com>' }
    expect((await arrived({ data: mail }, configured)).from).toEqual({ name: 'Some Bell', address: 'bell@example.com' })
    expect((await arrived({ data: mail }, { ...configured, ...named })).from).toEqual({
      name: 'Bell',
      address: 'bell@example.com',
    })
    const own = { ...mail, from: 'The bell of {{.NickName}} <{{.ID}}@example.org>', replyTo: 'help@example.org' }
    const { from, replyTo } = await arrived({ data: own }, configured)
    expect([from, replyTo]).toEqual([
      { name: 'The bell of Lupino', address: 'lupino@example.org' },
      [{ name: '', address: 'help@example.org' }],
    ])
  })

  it('says anything in any language', async () => {
    const data = { subject: '鐘が鳴る 🔔 {{.NickName}}', text: 'Çan 🔔 {{.NickName}}' }
    const { subject, text, to, source } = await arrived({ data, pusher: { nickname: 'Лупино 🐺' } })
    expect(subject).toBe('鐘が鳴る 🔔 Лупино 🐺')
    expect(text?.trim()).toBe('Çan 🔔 Лупино 🐺')
    expect(to).toEqual([{ name: 'Лупино 🐺', address: 'lupino@example.com' }])
    expect(source).toMatch(/^[\r\n\x20-\x7e]*$/)
  })

  it('has the same Message-ID on every try, and another for another push', async () => {
    const idOf = async (push: PushOverrides) => (await arrived({ data: mail, ...push })).messageId
    const first = await idOf({ id: '1' })
    expect(first).toMatch(/^<[0-9a-f]{32}@localhost>$/)
    expect(await idOf({ id: '1', attempt: 2 })).toBe(first)
    expect(
      new Set([first, await idOf({ id: '2' }), await idOf({ id: '1', app: 2 }), await idOf({ id: '1', name: 'other' })])
        .size,
    ).toBe(4)
  })
})

describe('the recipient', () => {
  it.each([
    [' lupino@example.com\u200b', 'lupino@example.com'],
    ['mailto:lupino＠example.com', 'lupino@example.com'],
    ['Lupino <lupino@example.com>,', 'lupino@example.com'],
    ['lupino@bücher.example', 'lupino@xn--bcher-kva.example'],
  ])('may be written as %j', async (email, address) => {
    const { to } = await arrived({ data: mail, pusher: { email } })
    expect(to).toEqual([{ name: 'Lupino', address }])
    const sender = await createSender(sendmail, {}, { outbox: outboxIn(outbox) })
    expect(sender.address?.(examplePush({ data: mail, pusher: { email } }))).toBe(address)
  })
})

describe('the parts', () => {
  it.each([
    [
      'HTML in text',
      { text: '<h1>Hi</h1><p>Dear {{.NickName}}, <a href="https://example.com/">read</a></p><img src="x">' },
    ],
    ['a comment', { text: '<!-- x -->Hi {{.NickName}}' }],
    ['an entity', { text: 'Hi &amp; bye {{.NickName}}' }],
  ])('make the text of %s', async (_, data) => {
    const { text, html } = await arrived({ data: { subject: 'Hello', ...data }, pusher: { nickname: '<b>L' } })
    expect(html?.trim()).toBe(data.text.replace('{{.NickName}}', '&lt;b&gt;L'))
    expect(text).not.toMatch(/&\w|<a|<p|<!/)
    expect(text).toContain('<b>L')
  })

  it('write links, and headings as they are', async () => {
    const { text } = await arrived({
      data: { subject: 'x', text: '<h1>Hi</h1>\n<p>Dear,</p><p><a href="https://example.com/">read</a></p>' },
    })
    expect(text?.trim()).toBe('Hi\n\nDear,\n\nread [https://example.com/]')
  })

  it('make the HTML of a text without markup, whatever its values hold', async () => {
    const data = { subject: 'Hello', text: '1 < 2 & 3 > 2\nDear {{.NickName}} <lupino@example.com>' }
    const { text, html } = await arrived({ data, pusher: { nickname: '<script>' } })
    expect(text?.trim()).toBe('1 < 2 & 3 > 2\nDear <script> <lupino@example.com>')
    expect(html?.trim()).toBe('1 &lt; 2 &amp; 3 &gt; 2<br>\nDear &lt;script&gt; &lt;lupino@example.com&gt;')
  })

  it.each([
    ['the HTML where the text is empty after rendering', { html: '<p>Hi</p>', text: '{{ pusher.attributes.none }}' }],
    ['the text where the HTML renders to nothing', { text: 'Hi', html: '{{ pusher.attributes.none }}' }],
  ])('are made of %s', async (_, data) => {
    const { text, html } = await arrived({ data: { subject: 'Hello', ...data } })
    expect([text?.trim(), html?.trim()]).toEqual(['Hi', expect.stringContaining('Hi')])
  })

  it('may be a picture alone', async () => {
    const { html } = await arrived({ data: { subject: 'Hello', text: '<img src="https://example.com/a.png">' } })
    expect(html).toContain('<img')
  })

  it('leave out a header that renders to nothing', async () => {
    const { headers } = await arrived({ data: { ...mail, headers: { 'X-Note': '{{ pusher.attributes.none }}' } } })
    expect(headers.filter(({ key }) => key === 'x-note')).toEqual([])
  })

  it('are as given when both are', async () => {
    const data = {
      subject: 'Hello',
      text: '<{{.NickName}}>',
      html: '<p title="{{.NickName}}">{{ .NickName | raw }}</p>',
    }
    const { text, html } = await arrived({ data, pusher: { nickname: '<"' } })
    expect([text?.trim(), html?.trim()]).toEqual(['<<">', '<p title="&lt;&#34;"><"</p>'])
  })
})

describe('a header', () => {
  it.each([
    'a\r\nBcc: x@example.com',
    'a\nBcc: x@example.com',
    'a\rBcc: x@example.com',
    'a\u2028\u0085\u000b\0Bcc: x@example.com',
  ])('cannot be made by a nickname such as %j', async (nickname) => {
    const data = {
      subject: '{{.NickName}}',
      text: '{{.NickName}}',
      from: '{{.NickName}} <a@example.com>',
      replyTo: '{{.NickName}} <b@example.com>',
    }
    const { subject, from, replyTo, to, headers, bcc } = await arrived({ data, pusher: { nickname } })
    const line = 'a Bcc: x@example.com'
    expect([subject, from?.name, replyTo?.[0]?.name, to?.[0]?.name]).toEqual([line, line, line, line])
    expect([bcc, headers.filter(({ key }) => key === 'bcc')]).toEqual([undefined, []])
  })

  it('cannot be made by a template either', async () => {
    const { subject, bcc } = await arrived({
      data: { ...mail, subject: '{{ "a%0D%0ABcc: x@example.com" | url_decode }}' },
    })
    expect([subject, bcc]).toEqual(['a Bcc: x@example.com', undefined])
  })

  it('keeps its address whatever name comes with it', async () => {
    const nickname = 'x <evil@example.com>, "y" <evil@example.com>;'
    const { from, to } = await arrived({
      data: { ...mail, from: '{{.NickName}} <a@example.com>' },
      pusher: { nickname },
    })
    expect([from, to]).toEqual([
      { name: nickname, address: 'a@example.com' },
      [{ name: nickname, address: 'lupino@example.com' }],
    ])
  })
})

describe('copies, headers and files', () => {
  it('arrive as they were given, with the values of the pusher', async () => {
    const data = {
      ...mail,
      cc: ['Boss of {{.NickName}} <{{ pusher.attributes.boss }}>', 'LUPINO@example.com'],
      bcc: 'archive@example.com, boss@example.com',
      reply_to: 'help@example.org',
      headers: { 'List-Unsubscribe': '<https://example.com/off?id={{.ID}}>', 'X-Note': '{{.NickName}}' },
    }
    const pusher = { nickname: 'L\r\nBcc: x@example.com', attributes: { boss: 'boss@example.com' } }
    const { to, cc, bcc, replyTo, headers } = await arrived({ data, pusher })
    const header = (name: string) => headers.find(({ key }) => key === name)?.value
    expect(to?.map(({ address }) => address)).toEqual(['lupino@example.com'])
    expect(cc).toEqual([{ name: 'Boss of L Bcc: x@example.com', address: 'boss@example.com' }])
    expect(bcc).toEqual([{ name: '', address: 'archive@example.com' }])
    expect(replyTo).toEqual([{ name: '', address: 'help@example.org' }])
    expect(header('list-unsubscribe')).toBe('<https://example.com/off?id=lupino>')
    expect(header('x-note')).toBe('L Bcc: x@example.com')
  })

  it('are files under any name, in the mail and in its HTML', async () => {
    const attachments = [
      { filename: 'Rechnung für März 鐘.pdf', content: 'aGVs\nbG8=', contentType: 'application/pdf' },
      { filename: 'logo.png', content: 'iVBORw0KGgo=', cid: 'logo@example.com' },
    ]
    const parsed = await arrived({ data: { ...mail, html: '<img src="cid:logo@example.com">', attachments } })
    const files = parsed.attachments.map(({ filename, mimeType, disposition, contentId, content }) => ({
      filename,
      mimeType,
      disposition,
      contentId,
      content: Buffer.from(content as ArrayBuffer).toString('base64'),
    }))
    const [logo, bill] = files
    expect(bill).toEqual({
      filename: 'Rechnung für März 鐘.pdf',
      mimeType: 'application/pdf',
      disposition: 'attachment',
      contentId: undefined,
      content: 'aGVsbG8=',
    })
    expect(logo).toEqual({
      filename: 'logo.png',
      mimeType: 'image/png',
      disposition: 'inline',
      contentId: '<logo@example.com>',
      content: 'iVBORw0KGgo=',
    })
    expect(parsed.source).toMatch(/^[\r\n\x20-\x7e]*$/)
  })

  it('leave out a copy to an address that is suppressed', async () => {
    const areSuppressed = async (_: number, addresses: string[]) => addresses.map((address) => address.startsWith('no'))
    const sender = await createSender(sendmail, {}, { outbox: outboxIn(outbox), areSuppressed })
    const data = { ...mail, cc: 'no1@example.com, yes@example.com', bcc: 'no2@example.com' }
    expect(await sender.send(await pushFor(sender, { data }))).toMatchObject({ done: true })
    const [name = ''] = await readdir(outbox)
    const { cc, bcc } = await PostalMime.parse(await readFile(join(outbox, name)))
    expect([cc?.map(({ address }) => address), bcc]).toEqual([['yes@example.com'], undefined])
  })
})

describe('a file that is fetched', () => {
  async function fetching(url: string, allowPrivate = true) {
    const downloads = guardedOutbound({ allowPrivate })
    onTestFinished(() => downloads.close())
    const sender = await createSender(sendmail, {}, { outbox: outboxIn(outbox), downloads })
    const data = { ...mail, attachments: [{ filename: 'a.bin', url }] }
    return async (id: string) => sender.send(await pushFor(sender, { data, id }))
  }

  it('is fetched once for all recipients of a broadcast', async () => {
    const server = await fakeProvider({ body: 'hello', headers: { 'content-type': 'text/plain' } })
    onTestFinished(() => server.close())
    const sendWith = await fetching(`${server.url}/a`)
    await Promise.all(['1', '2', '3'].map(sendWith))
    expect([server.requests.length, (await readdir(outbox)).length]).toEqual([1, 3])
    const [name = ''] = await readdir(outbox)
    const { attachments } = await PostalMime.parse(await readFile(join(outbox, name)))
    expect(attachments).toMatchObject([{ filename: 'a.bin', mimeType: 'text/plain' }])
    expect(Buffer.from(attachments[0]?.content as ArrayBuffer).toString()).toBe('hello')
  })

  it.each<[string, ProviderAnswer, string]>([
    ['does not exist', { status: 404 }, 'attachment 1 cannot be fetched: its URL answered 404.'],
    [
      'is too large',
      { body: 'x'.repeat(11 * 1024 * 1024) },
      'attachment 1 cannot be fetched: The file is larger than 10 MB.',
    ],
  ])('and %s ends the push with a sentence', async (_, answer, giveUp) => {
    const server = await fakeProvider(answer)
    onTestFinished(() => server.close())
    expect(await (await fetching(server.url))('1')).toEqual({ giveUp })
    expect(await readdir(outbox)).toEqual([])
  })

  it('is never at a private address', async () => {
    const giveUp = expect.stringMatching(/^attachment 1 cannot be fetched: The URL points at a private address/)
    expect(await (await fetching('http://127.0.0.1:9/', false))('1')).toEqual({ giveUp })
  })

  it('is asked for again where its server is in trouble, and nothing was sent by then', async () => {
    const server = await fakeProvider()
    onTestFinished(() => server.close())
    server.answer({ status: 503 })
    const sendWith = await fetching(server.url)
    const told = { message: 'attachment 1 cannot be fetched: its URL answered 503.', sent: 'no' }
    await expect(sendWith('1')).rejects.toMatchObject(told)
    expect(await sendWith('1')).toMatchObject({ done: true })
  })
})

describe('what is given up', () => {
  it.each<[string, PushOverrides, object]>([
    [
      'a pusher without an email',
      { pusher: { email: '' } },
      { giveUp: 'the pusher lupino has no email address', noAddress: true },
    ],
    [
      'a pusher with two',
      { pusher: { email: 'a@example.com,b@example.com' } },
      { giveUp: 'the email address of lupino is invalid', noAddress: true },
    ],
    [
      'a line break in an email',
      { pusher: { email: 'a@example.com\nBcc:b' } },
      { giveUp: 'the email address of lupino is invalid', noAddress: true },
    ],
    ...[
      { text: '{{ pusher.attributes.none }}' },
      { text: ' {{ pusher.attributes.none }}\u200b\n' },
      { text: '{% if pusher.attributes.none %}Hello{% endif %}' },
      { text: '<p>{{ pusher.attributes.none }}</p>&nbsp;' },
      { text: '{{ pusher.attributes.none }}', html: '<p>{{ pusher.attributes.none }}</p>' },
      { text: '{{ nickname }}' }, // pushed before it was refused
    ].map((text): [string, PushOverrides, object] => [
      `a text that renders to nothing: ${JSON.stringify(text)}`,
      { data: { ...mail, ...text } },
      { giveUp: 'the text is empty after rendering' },
    ]),
    [
      'a subject that renders to nothing',
      { data: { ...mail, subject: '{{ pusher.attributes.none }}' } },
      { giveUp: 'the subject is empty after rendering' },
    ],
    [
      'a template that makes too much',
      { data: { ...mail, text: '{% for i in (1..100000000) %}x{% endfor %}' } },
      { giveUp: expect.stringContaining('too much text') },
    ],
    [
      'a sender that is none',
      { data: { ...mail, from: '{{.NickName}}' } },
      { giveUp: 'from does not render to an email address' },
    ],
    [
      'a copy to what is no address',
      { data: { ...mail, cc: '{{ pusher.attributes.boss }}' } },
      { giveUp: 'cc does not render to an email address' },
    ],
    [
      'a reply address that is none',
      { data: { ...mail, replyTo: 'x <{{.NickName}}>' } },
      { giveUp: 'replyTo does not render to an email address' },
    ],
  ])('%s', async (_, push, outcome) => {
    expect(await send({ data: mail, ...push })).toEqual(outcome)
    expect(await readdir(outbox)).toEqual([])
  })
})

describe('the folder', () => {
  it('holds one whole file for each mail, named after its push', async () => {
    await send({ data: mail, id: '0198a2f0-5c7e' })
    expect(await readdir(outbox)).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-0198a2f0-5c7e\.eml$/),
    ])
  })

  it.each(['../../escaped', '/etc/passwd', '..', 'a/b', 'a\\b', '', '\0', 'x'.repeat(300), '\ud800', 'C:evil'])(
    'is never left by the id %j',
    async (id) => {
      const inner = join(outbox, 'inner')
      const sender = await createSender(sendmail, {}, { outbox: outboxIn(inner) })
      await sender.send(await pushFor(sender, { data: mail, id }))
      expect(await readdir(outbox)).toEqual(['inner'])
      expect(await readdir(inner)).toEqual([expect.stringMatching(/^[\w-]+Z-[0-9a-f]{32}\.eml$/)])
    },
  )
})
