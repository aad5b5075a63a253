import { describeIssues } from '@carillon/contract'
import sendmail from '@carillon/sender-mail'
import { createSender, exampleContext } from '@carillon/testkit'
import { outboxIn } from '../../apps/cli/senders/outbox.ts'
import { describe, expect, it } from 'vitest'

describe('the options', () => {
  it.each([
    [{}, 'set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM'],
    [{ MAIL_FROM: 'bell@example.com' }, 'set SENDGRID_API_KEY or SMTP_URL'],
    [{ SENDGRID_API_KEY: ' ', SMTP_URL: '' }, 'set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM'],
    [{ SENDGRID_API_KEY: 'SG.x' }, 'set MAIL_FROM, the address from which email is sent'],
    [{ SMTP_URL: 'smtp://localhost', MAIL_FROM_NAME: 'Bell' }, 'set MAIL_FROM, the address from which email is sent'],
  ])('say what to set: %j', async (env, missing) => {
    expect(await sendmail.create(env, exampleContext())).toEqual({ missing })
  })

  it('name the providers in the order in which they are tried', async () => {
    const env = { SENDGRID_API_KEY: 'SG.x', SMTP_URL: 'smtp://localhost', MAIL_FROM: 'bell@example.com' }
    expect(await createSender(sendmail, env)).toMatchObject({ transports: ['SendGrid', 'SMTP'] })
  })

  it('ask for MAIL_FROM also where there is an outbox, which is not for a provider half configured', async () => {
    const made = await sendmail.create(
      { SMTP_URL: 'smtp://localhost' },
      exampleContext({ outbox: outboxIn('/nowhere') }),
    )
    expect(made).toEqual({ missing: 'set MAIL_FROM, the address from which email is sent' })
  })

  it.each([
    [{ MAIL_FROM: 'secret' }, 'MAIL_FROM: must be an email address'],
    [{ MAIL_FROM: 'secret@example.com, secret@example.org' }, 'MAIL_FROM: must be an email address'],
    [{ MAIL_FROM_NAME: 'secret\nBcc: secret' }, 'MAIL_FROM_NAME: must not contain line breaks'],
    [{ SENDGRID_API_KEY: 'SG secret' }, 'SENDGRID_API_KEY: must not contain spaces'],
    [{ SENDGRID_BASE_URL: 'ftp://secret' }, 'SENDGRID_BASE_URL: must be a URL that starts with https:// or http://'],
    [{ SMTP_URL: 'secret:25' }, 'SMTP_URL: must be a URL that starts with smtp:// or smtps://'],
    [{ SMTP_URL: 'smtp://' }, 'SMTP_URL: must be a URL that starts with smtp:// or smtps://'],
  ])('refuse a bad value and name it, but not the value: %j', async (env, sentence) => {
    const refusal = await sendmail.create(env, exampleContext()).catch((error: Error) => error.message)
    expect(refusal).toBe(`Sender sendmail cannot start: ${sentence}`)
  })
})

describe('the data', () => {
  const mail = { subject: 'Hello', text: 'Hello' }

  async function issuesOf(data: unknown): Promise<string> {
    const { issues } = (await sendmail.data?.['~standard'].validate(data)) ?? {}
    return issues ? describeIssues(issues) : ''
  }

  it.each([
    mail,
    { ...mail, html: '', from: null, replyTo: '', createdAt: 1_456_403_493 },
    {
      ...mail,
      html: '<p>{{.NickName}}</p>',
      from: 'Bell <bell@example.com>',
      replyTo: 'help@example.com',
      createdAt: '1456403493',
    },
    {
      ...mail,
      from: '{{ pusher.nickname }} <bell@example.com>',
      subject: '{{if .NickName}}Hello {{.NickName}}{{else}}Hello{{end}}',
    },
    { ...mail, from: '"Bell, Alexander" <bell@bücher.example>', text: '{ "a": {"b":1}}' },
    {
      ...mail,
      reply_to: 'Help <help@example.com>',
      cc: 'a@example.com, "B, C" <b@example.com>',
      bcc: ['c@example.com'],
    },
    { ...mail, cc: '', bcc: null, headers: null, attachments: [] },
    { ...mail, cc: ['{{ pusher.attributes.boss }}'], headers: { 'List-Unsubscribe': '<https://example.com/{{.ID}}>' } },
    {
      ...mail,
      attachments: [
        { filename: 'Rechnung für März.pdf', content: 'aGVs\r\nbG8=', contentType: 'application/pdf' },
        { filename: '..a', url: 'https://example.com/a?b', cid: 'logo@example.com' },
      ],
    },
  ])('may be %j', async (data) => {
    expect(await issuesOf(data)).toBe('')
  })

  it.each([
    ['Hello', 'must be a JSON object with subject and text'],
    [[mail], 'must be a JSON object with subject and text'],
    [null, 'must be a JSON object with subject and text'],
    [{}, 'subject: is required; text: is required'],
    [{ ...mail, subject: '' }, 'subject: is required'],
    [{ ...mail, text: 1 }, 'text: must be text'],
    [{ ...mail, html: {} }, 'html: must be text'],
    [{ ...mail, createdAt: 'today' }, 'createdAt: must be unix seconds'],
    [
      { ...mail, subject: 'Hello\nBcc: x@example.com' },
      'subject: must not contain line breaks or other control characters',
    ],
    [{ ...mail, from: 'a\r\n <bell@example.com>' }, 'from: must not contain line breaks or other control characters'],
    [
      { ...mail, replyTo: 'a\u2028 <bell@example.com>' },
      'replyTo: must not contain line breaks or other control characters',
    ],
    [{ ...mail, from: 'Bell' }, 'from: must be an email address, or a name and an address in <>'],
    [
      { ...mail, from: 'a@example.com, b@example.com' },
      'from: must be an email address, or a name and an address in <>',
    ],
    [
      { ...mail, replyTo: 'Bell <a b@example.com>' },
      'replyTo: must be an email address, or a name and an address in <>',
    ],
    [
      { ...mail, html: '{{ nickname }}', headers: { 'X-A': '{{ pusher.nickName }}' } },
      'html: is not a valid template: line 1, column 4: there is no name "nickname"; did you mean pusher.nickname?; headers.X-A: ',
    ],
    [{ ...mail, subject: '{{ .NickName ' }, 'subject: is not a valid template: line 1, column 1: a {{ is not closed'],
    [{ ...mail, text: 'Hi\n{{if .ID}}' }, 'text: is not a valid template: line 2, column 1: this if has no end tag'],
    [
      { ...mail, html: '{{ pusher.id | shout }}' },
      'html: is not a valid template: line 1, column 1: there is no filter "shout"',
    ],
    [{ ...mail, from: '{% shout %}' }, 'from: is not a valid template: line 1, column 1: there is no tag "shout"'],
    [{ ...mail, replyTo: '{{.Nobody}}' }, 'replyTo: is not a valid template: line 1, column 1: there is no such name'],
    [{ ...mail, replyto: 'a@example.com' }, 'there is no field "replyto"; did you mean replyTo?'],
    [{ ...mail, attachment: [] }, 'there is no field "attachment"; did you mean attachments?'],
    [{ ...mail, Subject: 'x' }, 'there is no field "Subject"; did you mean subject?'],
    [{ ...mail, header: {}, zzz: 1 }, 'did you mean headers?; there is no field "zzz"; there are subject, text, html'],
    [{ ...mail, raw: 'x' }, 'there is no field "raw"'],
    [{ ...mail, alternatives: [] }, 'there is no field "alternatives"'],
    [{ ...mail, replyTo: 'a@example.com', reply_to: 'a@example.com' }, 'replyTo and reply_to are the same field'],
    [{ ...mail, cc: 'a@example.com, b' }, 'cc.1: must be an email address'],
    [{ ...mail, bcc: ['a@example.com\nTo: b@example.com'] }, 'bcc.0: must not contain line breaks'],
    [{ ...mail, cc: Array(51).fill('a@example.com') }, 'cc: must be at most 50 addresses'],
    [{ ...mail, cc: { email: 'a@example.com' } }, 'cc: must be an email address, or a list of them'],
    [{ ...mail, headers: ['a'] }, 'headers: must be an object of names and texts'],
    [{ ...mail, headers: { 'X-A': 'a\r\nBcc: x' } }, 'headers.X-A: must not contain line breaks'],
    [{ ...mail, headers: { 'X-A\r\nBcc': 'a' } }, 'headers: a name must have 1 to 76 visible ASCII'],
    [{ ...mail, headers: { 'X A': 'a' } }, 'headers: a name must have'],
    [{ ...mail, headers: { 'X-A': '{{' } }, 'headers.X-A: is not a valid template'],
    [{ ...mail, headers: { 'X-A': '1', 'x-a': '2' } }, 'headers.x-a: is given twice'],
    ...['Bcc', 'FROM', 'to', 'Sender', 'Content-Type', 'Message-ID', 'DKIM-Signature', 'X-SMTPAPI', 'Resent-To'].map(
      (name): [unknown, string] => [{ ...mail, headers: { [name]: 'x' } }, `headers.${name}: cannot be set here`],
    ),
    ...[
      [{ content: 'aGVsbG8=' }, 'filename: is required'],
      [{ filename: 'a', content: 'not base64!' }, 'content: must be base64'],
      [{ filename: 'a', content: 'aGVsbG8' }, 'content: must be base64'],
      [{ filename: 'a', content: 'data:text/plain;base64,aGVsbG8=' }, 'content: must be base64, without a prefix'],
      [{ filename: 'a' }, 'needs either content, in base64, or a url'],
      [{ filename: 'a', content: '' }, 'content: must be base64'],
      [{ filename: 'a', content: 'aGk=', url: 'https://example.com' }, 'needs either content'],
      [{ filename: 'a', url: 'file:///etc/passwd' }, 'url: must be an http or https address'],
      [{ filename: 'a', url: '/etc/passwd' }, 'url: must be an http or https address'],
      [{ filename: 'a', url: 'data:text/plain,hi' }, 'url: must be an http or https address'],
      [{ filename: 'a', url: 'https://user:password@example.com/' }, 'url: must be an http or https address'],
      [{ filename: 'a', path: '/etc/passwd' }, 'there is no field "path"'],
      [{ filename: 'a', href: 'http://localhost/' }, 'there is no field "href"'],
      [{ filename: 'a', raw: 'x' }, 'there is no field "raw"'],
      [{ filename: 'a', content: { path: '/etc/passwd' } }, 'content: must be text in base64'],
      [{ filename: 'a', content: 'aGk=', encoding: 'utf8' }, 'there is no field "encoding"'],
      [{ filename: 'a\r\nX: b', content: 'aGk=' }, 'filename: must not contain line breaks'],
      [{ filename: '../a', content: 'aGk=' }, 'filename: must be a file name'],
      [{ filename: '..', content: 'aGk=' }, 'filename: must be a file name'],
      [{ filename: 'C:\\a', content: 'aGk=' }, 'filename: must be a file name'],
      [{ filename: 'a\u202efdp.exe', content: 'aGk=' }, 'filename: must not contain'],
      [{ filename: 'a', content: 'aGk=', contentType: 'pdf' }, 'contentType: must be a media type'],
      [{ filename: 'a', content: 'aGk=', contentType: 'a/b\r\nX: c' }, 'contentType: must be a media type'],
      [{ filename: 'a', content: 'aGk=', contentType: 'multipart/mixed' }, 'contentType: must be a media type'],
      [{ filename: 'a', content: 'aGk=', cid: 'a>b' }, 'cid: must be'],
    ].map(([file, issue]): [unknown, string] => [{ ...mail, attachments: [file] }, issue as string]),
    [
      { ...mail, attachments: [1, 2].map(() => ({ filename: 'a', content: 'aGk=', cid: 'same' })) },
      'attachments: must each have their own cid',
    ],
  ])('may not be %j', async (data, issues) => {
    expect(await issuesOf(data)).toContain(issues)
  })

  it('may bring 10 MB of files, and no more', async () => {
    const half = Buffer.alloc(5 * 1024 * 1024).toString('base64')
    const files = [1, 2].map((number) => ({ filename: `${number}.bin`, content: half }))
    expect(await issuesOf({ ...mail, attachments: files })).toBe('')
    const more = [...files, { filename: '3.bin', content: 'aGk=' }]
    expect(await issuesOf({ ...mail, attachments: more })).toBe('attachments: must not exceed 10 MB in total')
  })

  it('is still sent where an earlier version took fields that are unknown by now', async () => {
    const sender = await createSender(sendmail, {}, { outbox: outboxIn('/nowhere') })
    const stored = await sender.data?.['~standard'].validate({ ...mail, somethingElse: 1 })
    expect(stored).not.toHaveProperty('issues')
  })
})
