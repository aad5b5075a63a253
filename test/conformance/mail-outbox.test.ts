import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sendmail from '@carillon/sender-mail'
import { type PushOverrides, createSender, examplePush, exerciseSender } from '@carillon/testkit'
import { outboxIn } from '@carillon/worker'
import PostalMime, { type Email } from 'postal-mime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const mail = { subject: 'Hello', text: 'Hello' }

let outbox: string
beforeEach(async () => void (outbox = await mkdtemp(join(tmpdir(), 'carillon-outbox-'))))
afterEach(() => rm(outbox, { recursive: true }))

async function send(push: PushOverrides, env: Record<string, string> = {}) {
  const sender = await createSender(sendmail, env, { outbox: outboxIn(outbox) })
  return sender.send(examplePush(push))
}

/** What is in the outbox after one push. */
async function arrived(push: PushOverrides, env: Record<string, string> = {}): Promise<Email & { source: string }> {
  expect(await send(push, env)).toBeUndefined()
  const [name = ''] = await readdir(outbox)
  const source = await readFile(join(outbox, name), 'utf8')
  await rm(join(outbox, name))
  return { source, ...(await PostalMime.parse(source)) }
}

exerciseSender(() => createSender(sendmail, {}, { outbox: outboxIn(join(outbox, 'made', 'when needed')) }), {
  push: { data: mail },
  nonsense: ['text', {}, { subject: 'Hello' }, { ...mail, subject: '{{' }],
  refused: { data: mail, pusher: { email: '' } },
})

describe('a mail', () => {
  it('is from a local address unless it is told otherwise', async () => {
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

describe('what is given up', () => {
  it.each<[string, PushOverrides, object]>([
    ['a pusher without an email', { pusher: { email: '' } }, { giveUp: 'lupino has no email', noAddress: true }],
    [
      'a pusher with two',
      { pusher: { email: 'a@example.com,b@example.com' } },
      { giveUp: 'the email of lupino is not an address', noAddress: true },
    ],
    [
      'a line break in an email',
      { pusher: { email: 'a@example.com\nBcc:b' } },
      { giveUp: 'the email of lupino is not an address', noAddress: true },
    ],
    [
      'data that is text',
      { raw: 'Hello' },
      { giveUp: 'the data is not a mail: must be a JSON object with subject and text' },
    ],
    [
      'a template that is broken',
      { data: { ...mail, text: '{{' } },
      { giveUp: 'a template fails: line 1, column 1: a {{ is never closed' },
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
      await sender.send(examplePush({ data: mail, id }))
      expect(await readdir(outbox)).toEqual(['inner'])
      expect(await readdir(inner)).toEqual([expect.stringMatching(/^[\w-]+Z-[0-9a-f]{32}\.eml$/)])
    },
  )
})
