import { RetryableError } from '@carillon/contract'
import sendmail from '@carillon/sender-mail'
import {
  type FakeProvider,
  type ProviderAnswer,
  type PushOverrides,
  createSender,
  exerciseSender,
  fakeProvider,
  pushFor,
  waitFor,
} from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const data = { subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' }
const accepted: ProviderAnswer = { status: 202, headers: { 'x-message-id': 'sg-1' }, body: '' }
const taken = { done: true, messageId: 'sg-1' }

let provider: FakeProvider
beforeEach(async () => void (provider = await fakeProvider(accepted)))
afterEach(() => provider.close())

function create(url = provider.url) {
  return createSender(sendmail, {
    SENDGRID_API_KEY: 'SG.secret',
    SENDGRID_BASE_URL: url,
    MAIL_FROM: 'bell@example.com',
    MAIL_FROM_NAME: 'Bell, Alexander',
  })
}

async function send(push: PushOverrides = {}) {
  const sender = await create()
  return sender.send(await pushFor(sender, { data, ...push }))
}

async function failure(answer: ProviderAnswer): Promise<RetryableError> {
  provider.answer(answer)
  const error: unknown = await send().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RetryableError)
  return error as RetryableError
}

function refusal(...errors: { message: string; field?: string | null }[]): ProviderAnswer {
  return { status: 400, body: { errors } }
}

exerciseSender(create, {
  push: { data },
  nonsense: ['text', {}, { subject: 'Hello' }, { ...data, html: '{{' }],
  refused: { data, pusher: { email: '' } },
})

describe('a call', () => {
  it('is what SendGrid asks for', async () => {
    const push = { id: 'push-1', data: { ...data, subject: 'Hi {{.NickName}} 🔔', replyTo: 'Help <help@example.com>' } }
    expect(await send(push)).toEqual(taken)
    const [request] = provider.requests
    expect(request).toMatchObject({ method: 'POST', path: '/v3/mail/send' })
    expect(request?.headers).toMatchObject({ authorization: 'Bearer SG.secret', 'content-type': 'application/json' })
    expect(JSON.parse(request?.body ?? '')).toEqual({
      from: { email: 'bell@example.com', name: '"Bell, Alexander"' },
      reply_to: { email: 'help@example.com', name: 'Help' },
      subject: 'Hi Lupino 🔔',
      content: [
        { type: 'text/plain', value: 'Hello' },
        { type: 'text/html', value: '<p>Hello</p>' },
      ],
      personalizations: [
        { to: [{ email: 'lupino@example.com', name: 'Lupino' }], custom_args: { push_app: '1', push_id: 'push-1' } },
      ],
    })
  })

  it('brings copies, headers and files', async () => {
    const more = {
      cc: 'Boss <boss@example.com>',
      bcc: ['archive@example.com'],
      headers: { 'X-Campaign': '{{.ID}}' },
      attachments: [
        { filename: 'ä.pdf', content: 'aGVsbG8=', contentType: 'application/pdf' },
        { filename: 'logo.png', content: 'aGk=', cid: 'logo' },
      ],
    }
    await send({ data: { ...data, ...more } })
    expect(JSON.parse(provider.requests[0]?.body ?? '')).toMatchObject({
      headers: { 'X-Campaign': 'lupino' },
      attachments: [
        { filename: 'ä.pdf', content: 'aGVsbG8=', type: 'application/pdf', disposition: 'attachment' },
        { filename: 'logo.png', content: 'aGk=', disposition: 'inline', content_id: 'logo' },
      ],
      personalizations: [
        {
          to: [{ email: 'lupino@example.com', name: 'Lupino' }],
          cc: [{ email: 'boss@example.com', name: 'Boss' }],
          bcc: [{ email: 'archive@example.com' }],
        },
      ],
    })
  })

  it('is done also where its answer names no id', async () => {
    provider.answer({ status: 202, body: '' })
    expect(await send()).toEqual({ done: true })
  })

  it('has no empty part and no empty name', async () => {
    const picture = '<img src="https://example.com/a.png">'
    await send({ data: { subject: 'Hello', text: picture }, pusher: { nickname: '' } })
    const body = JSON.parse(provider.requests[0]?.body ?? '')
    expect(body.content).toEqual([
      { type: 'text/plain', value: ' ' },
      { type: 'text/html', value: picture },
    ])
    expect(body.personalizations[0].to).toEqual([{ email: 'lupino@example.com' }])
  })

  it('goes to a path below the base address too', async () => {
    const sender = await create(`${provider.url}/proxy/`)
    await sender.send(await pushFor(sender, { data }))
    expect(provider.requests[0]?.path).toBe('/proxy/v3/mail/send')
  })
})

describe('trouble that passes', () => {
  const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()

  it.each<[string, ProviderAnswer, unknown]>([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '17' } }, 17],
    ['429 with a date', { status: 429, headers: { 'retry-after': soon(1000) } }, expect.closeTo(1000, -2)],
    ['429 with a date that is past', { status: 429, headers: { 'retry-after': soon(-1000) } }, undefined],
    [
      '429 with a reset',
      { status: 429, headers: { 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 1000) } },
      expect.closeTo(1000, -2),
    ],
    ['429 with both', { status: 429, headers: { 'retry-after': '17', 'x-ratelimit-reset': '1' } }, 17],
    ['429 with a year', { status: 429, headers: { 'retry-after': '31536000' } }, 86_400],
    ['429 with nonsense', { status: 429, headers: { 'retry-after': 'soon' } }, undefined],
    ['500', { status: 500 }, undefined],
    ['503 with seconds', { status: 503, headers: { 'retry-after': '5' } }, 5],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, undefined],
    ['an answer cut off', { ...accepted, body: 'a long answer', fault: 'cut' }, undefined],
  ])('is %s', async (_, answer, after) => {
    expect((await failure(answer)).after).toEqual(after)
    expect(provider.requests).toHaveLength(1)
  })

  it.each([401, 403, 404])('is %i, which is the operator’s to mend, and says why without the key', async (status) => {
    const error = await failure({
      status,
      body: { errors: [{ message: 'The provided authorization grant is invalid' }] },
    })
    expect(error.message).toBe(`SendGrid answered ${status}: The provided authorization grant is invalid`)
    expect(error.cause).toBeUndefined()
  })

  it('is a server that is not there', async () => {
    await provider.close()
    const told = { message: 'SendGrid cannot be reached (ECONNREFUSED)', sent: 'no', outage: 'ECONNREFUSED' }
    await expect(send()).rejects.toMatchObject(told)
  })

  it('is a server that does not speak TLS, though its address says so', async () => {
    const sender = await create(provider.url.replace('http:', 'https:'))
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject({
      sent: 'no',
      outage: expect.any(String),
    })
  })

  it.each<[string, ProviderAnswer, 'no' | 'maybe', string | undefined]>([
    ['a refused key', { status: 401 }, 'no', 'HTTP 401'],
    ['a refused sender', { status: 403 }, 'no', undefined],
    [
      'a sender that is not verified',
      {
        status: 403,
        body: { errors: [{ message: 'The from address does not match a verified Sender Identity.', field: 'from' }] },
      },
      'no',
      undefined,
    ],
    ['a key without rights', { status: 403, body: { errors: [{ message: 'access forbidden' }] } }, 'no', 'HTTP 403'],
    ['an account that is not paid', { status: 402 }, 'no', 'HTTP 402'],
    ['a limit', { status: 429 }, 'no', 'HTTP 429'],
    ['a server error', { status: 500 }, 'no', 'HTTP 500'],
    ['a server that is down', { status: 503 }, 'no', 'HTTP 503'],
    ['a gateway without an answer', { status: 502 }, 'maybe', 'HTTP 502'],
    ['a gateway that waited in vain', { status: 504 }, 'maybe', 'HTTP 504'],
    ['a yes that was cut off', { ...accepted, body: 'a long answer', fault: 'cut' }, 'maybe', 'HTTP 202'],
    ['a no that was cut off', { status: 503, body: 'a long answer', fault: 'cut' }, 'no', 'HTTP 503'],
  ])('tells whether the mail may be out, and whether SendGrid is: %s', async (_, answer, sent, outage) => {
    expect(await failure(answer)).toMatchObject({ sent, outage })
  })

  it('is an answer that does not come before the signal, which hangs up', async () => {
    provider.answer({ fault: 'hang' })
    const stop = new AbortController()
    const sending = send({ signal: stop.signal }).catch((error: unknown) => error)
    await waitFor(() => provider.requests.length === 1)
    stop.abort()
    expect(await sending).toMatchObject({ message: 'SendGrid did not answer in time', sent: 'maybe' })
    await waitFor(() => provider.requests[0]?.hungUp)
  })
})

describe('a refusal', () => {
  it.each<[string, ProviderAnswer, string]>([
    [
      'with its reasons',
      refusal({ message: 'Bad\r\nsubject.' }, { message: 'Bad text.' }),
      'SendGrid refused it (400): Bad subject. Bad text.',
    ],
    [
      'of its size',
      { status: 413, body: 'too large' },
      'SendGrid refused it (413): the email is larger than SendGrid accepts',
    ],
  ])('is final, %s', async (_, answer, giveUp) => {
    provider.answer(answer)
    expect(await send()).toEqual({ giveUp })
  })
})

describe('many at once', () => {
  const many = (count: number, each: (at: number) => PushOverrides = () => ({})): PushOverrides[] =>
    Array.from({ length: count }, (_, at) => {
      const pusher = { id: `p${at}`, email: `p${at}@example.com` }
      return { data, id: `push-${at}`, pusher, ...each(at) }
    })

  async function sendBatch(pushes: PushOverrides[]) {
    const sender = await create()
    return sender.sendBatch?.(await Promise.all(pushes.map((push) => pushFor(sender, push))))
  }

  const bodies = () => provider.requests.map(({ body }) => JSON.parse(body))
  const recipients = () => bodies().map(({ personalizations }) => personalizations.length)

  it('share a call where their content is the same, 1000 in each, every recipient alone', async () => {
    expect(await sendBatch(many(2500))).toEqual(Array.from({ length: 2500 }, () => taken))
    expect(recipients().toSorted((a, b) => a - b)).toEqual([500, 1000, 1000])
    const all = bodies().flatMap(({ personalizations }) => personalizations)
    expect(all.every(({ to }) => to.length === 1)).toBe(true)
    expect(new Set(all.map(({ custom_args }) => custom_args.push_id)).size).toBe(2500)
  })

  it('go alone where anything differs', async () => {
    await sendBatch(many(50, () => ({ data: { ...data, subject: '{{ pusher.id }}' } })))
    expect(recipients()).toEqual(Array(50).fill(1))
    for (const { subject, personalizations } of bodies())
      expect(personalizations[0].to[0].email).toBe(`${subject}@example.com`)
  })

  it('go alone with their copies, and together with their files', async () => {
    await sendBatch(many(2, (at) => ({ data: { ...data, cc: `cc${at}@example.com` } })))
    expect(recipients()).toEqual([1, 1])
    const attachments = [{ filename: 'a.txt', content: 'aGk=' }]
    await sendBatch(many(3, (at) => ({ data: at === 2 ? data : { ...data, attachments } })))
    expect(
      recipients()
        .slice(2)
        .toSorted((one, other) => one - other),
    ).toEqual([1, 2])
  })

  it('are answered in order, with those that are given up', async () => {
    const pushes = many(4, (at) => (at === 1 ? { pusher: { id: 'nobody', email: '' } } : {}))
    expect(await sendBatch(pushes)).toEqual([
      taken,
      { giveUp: 'the pusher nobody has no email address', noAddress: true },
      taken,
      taken,
    ])
    expect(recipients()).toEqual([3])
  })

  it('are not refused for one of them', async () => {
    const wrong = refusal({ message: 'Does not contain a valid address.', field: 'personalizations.2.to.0.email' })
    provider.answer(wrong, accepted, wrong, wrong, accepted)
    const outcomes = await sendBatch(many(4))
    expect(outcomes).toEqual([
      taken,
      taken,
      { giveUp: expect.stringContaining('Does not contain a valid address.') },
      taken,
    ])
    expect(recipients()).toEqual([4, 2, 2, 1, 1])
  })

  it('are sent in smaller calls where one is too large', async () => {
    const large: ProviderAnswer = { status: 413, body: 'Payload too large' }
    provider.answer(large, large)
    expect(await sendBatch(many(8))).toEqual(Array.from({ length: 8 }, () => taken))
    expect(recipients()).toEqual([8, 4, 2, 2, 4])
  })

  it.each<[string, ProviderAnswer]>([
    ['without a field', refusal({ message: 'Does not contain a valid address.' })],
    ['with a field that is null', refusal({ message: 'Does not contain a valid address.', field: null })],
    ['without a word', { status: 400, body: '' }],
  ])('are not refused for one that an answer does not name: %s', async (_, wrong) => {
    provider.answer(wrong, accepted, wrong, wrong, accepted)
    const refused = { giveUp: expect.stringContaining('SendGrid refused it (400)') }
    expect(await sendBatch(many(4))).toEqual([taken, taken, refused, taken])
    expect(recipients()).toEqual([4, 2, 2, 1, 1])
  })

  it('wait for their turn where the time is over before it is known which one is refused', async () => {
    const stop = new AbortController()
    provider.answer(refusal({ message: 'no' }), { fault: 'hang' })
    const sending = sendBatch(many(4, () => ({ signal: stop.signal })))
    await waitFor(() => provider.requests.length === 2)
    stop.abort()
    const turn = { later: 1, reason: 'waits for its turn' }
    const maybe = expect.objectContaining({ sent: 'maybe' })
    expect(await sending).toEqual([maybe, maybe, turn, turn])
  })

  it('are all refused for their content', async () => {
    provider.answer(refusal({ message: 'The subject is required.', field: 'subject' }))
    const giveUp = 'SendGrid refused it (400): The subject is required.'
    expect(await sendBatch(many(3))).toEqual([{ giveUp }, { giveUp }, { giveUp }])
    expect(provider.requests).toHaveLength(1)
  })

  it('fail together, so that they are tried again and counted', async () => {
    provider.answer({ status: 429, headers: { 'retry-after': '9' } })
    const failed = expect.objectContaining({ name: 'RetryableError', after: 9 })
    expect(await sendBatch(many(3))).toEqual([failed, failed, failed])
  })

  it('fail alone where others were sent, who shall not be sent again', async () => {
    const pushes = many(3, (at) => ({ data: { ...data, subject: at === 1 ? 'Other' : 'Hello' } }))
    provider.answer(accepted, { status: 500 })
    const outcomes = (await sendBatch(pushes)) ?? []
    const failed = outcomes.filter((outcome) => outcome instanceof Error)
    expect(failed.length).toBeGreaterThan(0)
    for (const outcome of failed) expect(outcome).toMatchObject({ message: 'SendGrid answered 500:' })
  })
})
