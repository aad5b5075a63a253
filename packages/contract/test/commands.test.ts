import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cancelBody,
  describeIssues,
  identifier,
  manyPushesBody,
  manyPushesItem,
  pushAllBody,
  pushBody,
  pusherBody,
  senderName,
} from '@carillon/contract'

const YEAR = 365 * 86_400
const now = () => Math.floor(Date.now() / 1000)
const push = (fields: Record<string, unknown>) => pushBody.safeParse({ pusher: 'lupino', data: 'x', ...fields })
const nested = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)
const refusal = ({ error }: { error?: { issues: Parameters<typeof describeIssues>[0] } | undefined }) =>
  error && describeIssues(error.issues)

describe('identifier', () => {
  it.each(['a', '.', '..', '/', 'a/b', 'a:b_c', ' ', '李雷 😀', '%2E', '__proto__'])('takes %j', (id) => {
    expect(identifier.parse(id)).toBe(id)
  })

  it.each(['x', '李', '😀'])('takes 255 times %s, and no more', (character) => {
    expect(identifier.safeParse(character.repeat(255)).success).toBe(true)
    for (const length of [256, 10_000]) {
      expect(refusal(identifier.safeParse(character.repeat(length)))).toBe('must be at most 255 characters')
    }
  })

  it.each([
    ['', 'is required'],
    ['a\0b', 'must not contain control characters'],
    ['a\n', 'must not contain control characters'],
    ['\u007f', 'must not contain control characters'],
    ['\u0085', 'must not contain control characters'], // a line break of the C1 range
    ['\ud83d', 'must be well-formed Unicode'],
    [7, 'must be text'],
    [undefined, 'must be text'],
  ])('refuses %j', (id, sentence) => {
    expect(refusal(identifier.safeParse(id))).toBe(sentence)
  })

  it('takes any 1 to 255 characters but control characters', () => {
    const character = fc
      .integer({ min: 0, max: 0x10ffff })
      .map((code) => String.fromCodePoint(code))
      .filter((one) => one.isWellFormed() && !/\p{Cc}/u.test(one))
    fc.assert(
      fc.property(
        fc.string({ unit: character, minLength: 1, maxLength: 255 }),
        (id) => identifier.safeParse(id).success,
      ),
    )
  })
})

describe('senderName', () => {
  it.each(['sendmail', 'a', '0', 'my-sender_2', 'x'.repeat(64), 'customSenderName', 'my.sender', '...', 'Pushers'])(
    'takes %s',
    (name) => {
      expect(senderName.parse(name)).toBe(name)
    },
  )

  it.each([
    '',
    'a b',
    'a/b',
    'a:b',
    'a%2e',
    'a{b}',
    'é',
    '\u212A',
    'sendmail\n',
    'x'.repeat(65),
    'pushers',
    'search',
    '.',
    '..',
  ])('refuses %j', (name) => {
    expect(senderName.safeParse(name).success).toBe(false)
  })
})

describe('schedat', () => {
  it.each([undefined, null, ''])('%j is absent', (schedat) => {
    expect(push({ schedat }).data?.schedat).toBeUndefined()
  })

  it.each([
    [0, 0],
    ['0', 0],
    [-5, -5],
    [1, 1],
    ['1456403493', 1_456_403_493],
    [now() + 9 * YEAR, now() + 9 * YEAR],
  ])('takes %j', (schedat, read) => {
    expect(push({ schedat }).data?.schedat).toBe(read)
  })

  it.each([
    'soon',
    ' ',
    '1e9',
    '0x10',
    '1.5',
    1.5,
    '12 ',
    Number.NaN,
    Infinity,
    true,
    [],
    {},
    '9'.repeat(16),
    '9007199254740992',
    9007199254740992,
    '-0',
    -0,
    '+1',
    '1_000',
    '١',
  ])('refuses %j', (schedat) => {
    expect(refusal(push({ schedat }))).toBe('schedat: must be a whole number')
  })

  it.each([now() + 11 * YEAR, String(now() + 11 * YEAR), Date.now()])('refuses %j as too far ahead', (schedat) => {
    expect(refusal(push({ schedat }))).toBe('schedat: must be unix seconds, at most 10 years ahead')
  })

  it('is the same as a number and as text', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: now() }), (seconds) => {
        expect(push({ schedat: String(seconds) })).toEqual(push({ schedat: seconds }))
      }),
    )
  })
})

describe('pushBody', () => {
  it('needs a pusher and data, and no more', () => {
    expect(pushBody.parse({ pusher: 'lupino', data: 'x' })).toEqual({
      pusher: 'lupino',
      data: 'x',
      force: false,
      urgent: false,
    })
    expect(refusal(pushBody.safeParse({}))).toBe('pusher: must be text; data: is required, unless there is a template')
  })

  it.each([
    [true, true],
    ['true', true],
    ['1', true],
    [false, false],
    ['false', false],
    ['0', false],
    ['', false],
    [undefined, false],
  ])('reads force %j as %j', (force, read) => {
    expect(push({ force }).data?.force).toBe(read)
  })

  it.each(['yes', 'TRUE', 1, 2, []])('refuses force %j', (force) => {
    expect(refusal(push({ force }))).toBe('force: must be true or false')
  })

  it.each([
    [{ data: '' }, 'data: is required, unless there is a template'],
    [{ data: 'a\0' }, 'data: must not contain a NUL character'],
    [{ data: '\ud83d' }, 'data: must be well-formed Unicode'],
    [{ data: 5 }, 'data: must be text, or a JSON object or list, nested at most 1000 levels deep'],
    [{ data: true }, 'data: must be text, or a JSON object or list, nested at most 1000 levels deep'],
    [{ priority: 'urgent' }, 'priority: must be high, normal or low'],
    [{ ttl: 0 }, 'ttl: must be seconds, above 0'],
    [{ ttl: '-1' }, 'ttl: must be seconds, above 0'],
    [{ ttl: 'week' }, 'ttl: must be a whole number'],
  ])('refuses %j', (fields, sentence) => {
    expect(refusal(push(fields))).toBe(sentence)
  })

  it.each([
    [{ b: 1, a: 'é "' }, '{"b":1,"a":"é \\""}'],
    [[], '[]'],
    [[1, { a: null }], '[1,{"a":null}]'],
    [{ a: '\0' }, '{"a":"\\u0000"}'],
  ])('takes data as JSON, as its compact text', (data, text) => {
    expect(push({ data }).data?.data).toBe(text)
    expect(pushAllBody.parse({ data }).data).toBe(text)
    expect(manyPushesItem.parse({ sender: 'a', pusher: 'b', data }).data).toBe(text)
  })

  it('takes data of 1000 levels, and no more', () => {
    expect(push({ data: JSON.parse(nested(1000)) }).data?.data).toBe(nested(1000))
    for (const levels of [1001, 50_000])
      expect(refusal(push({ data: JSON.parse(nested(levels)) }))).toContain('nested at most 1000 levels deep')
  })

  it('takes priority and ttl, as text too', () => {
    expect(push({ priority: 'low', ttl: '60' }).data).toMatchObject({ priority: 'low', ttl: 60 })
    expect(push({ priority: '', ttl: '' }).data).toMatchObject({ priority: undefined, ttl: undefined })
  })

  it('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.anything(), (body) => void pushBody.safeParse(body)))
  })
})

describe('pusherBody', () => {
  it('takes nothing at all', () => {
    expect(pusherBody.parse({})).toEqual({})
  })

  it.each([{ createdAt: 0 }, { createdAt: '1456403493' }, { nickname: 'two\nlines' }])('takes %j', (body) => {
    expect(pusherBody.safeParse(body).success).toBe(true)
  })

  it('takes texts of 1000 characters, and no more', () => {
    expect(pusherBody.safeParse({ email: 'é'.repeat(1000) }).success).toBe(true)
    expect(refusal(pusherBody.safeParse({ email: 'é'.repeat(1001) }))).toBe('email: must be at most 1000 characters')
  })

  it.each([
    [{ nickname: 'a\0' }, 'nickname: must not contain a NUL character'],
    [{ phoneNumber: 123 }, 'phoneNumber: must be text'],
    [{ createdAt: -1 }, 'createdAt: must be unix seconds'],
    [{ createdAt: Date.now() }, 'createdAt: must be unix seconds'],
    ...['yesterday', '1e3', '0x10', '1.5', 1.5, '-0', ' 5', '9007199254740993', 1e300].map(
      (createdAt): [unknown, string] => [{ createdAt }, 'createdAt: must be a whole number'],
    ),
  ])('refuses %j', (body, sentence) => {
    expect(refusal(pusherBody.safeParse(body))).toBe(sentence)
  })

  it.each(['Asia/Shanghai', 'UTC', 'Europe/Berlin'])('takes the time zone %s', (timezone) => {
    expect(pusherBody.parse({ timezone })).toEqual({ timezone })
  })

  it.each(['Mars/Olympus', 'Asia/', ' ', '🕐', 'Asia/Shanghai\0'])('refuses the time zone %j', (timezone) => {
    expect(pusherBody.safeParse({ timezone }).success).toBe(false)
  })

  it.each(['zh-CN', 'en', 'gsw', 'sr-Latn-RS'])('takes the locale %s', (locale) => {
    expect(pusherBody.parse({ locale })).toEqual({ locale })
  })

  it.each(['zh_CN', 'english please', ' ', '-', 'xxxxxxxxx', 'german'])('refuses the locale %j', (locale) => {
    expect(pusherBody.safeParse({ locale }).success).toBe(false)
  })

  it('takes an empty time zone and locale as absent', () => {
    expect(pusherBody.parse({ timezone: '', locale: '' })).toEqual({ timezone: undefined, locale: undefined })
  })
})

describe('attributes', () => {
  const read = (attributes: unknown) => pusherBody.safeParse({ attributes })

  it('are an object, or the JSON text of one', () => {
    const attributes = { plan: 'gold', seats: 3, nested: { list: [1, null, 'a'] } }
    expect(read(attributes).data).toEqual({ attributes })
    expect(read(JSON.stringify(attributes)).data).toEqual({ attributes })
  })

  it('are absent when empty', () => {
    expect(read('').data?.attributes).toBeUndefined()
  })

  it.each(['{', 'gold', '[]', '7', 'null', [], 7, true])('refuses %j', (attributes) => {
    expect(refusal(read(attributes))).toMatch(/^attributes: must be a JSON object(?:: it begins like JSON|$)/)
  })

  // Postgres keeps neither in jsonb, and says so with an error.
  it.each([{ a: '\0' }, { 'a\0': 1 }, { a: ['\ud83d'] }, String.raw`{"a":"\ud83d"}`, String.raw`{"a":"\\\u0000"}`])(
    'refuses characters that cannot be stored: %j',
    (attributes) => {
      expect(refusal(read(attributes))).toBe('attributes: must not contain a NUL character or broken Unicode')
    },
  )

  it.each([{ a: String.raw`\u0000` }, { a: String.raw`\\ud83d` }, { a: '😀' }])(
    'takes %j, which only looks like it',
    (a) => {
      expect(read(a).data).toEqual({ attributes: a })
    },
  )

  // JSON.stringify recurses, and throws on what JSON.parse has read without trouble.
  it.each([101, 50_000])('refuses an object nested %i levels deep', (levels) => {
    expect(refusal(read(nested(levels)))).toBe('attributes: is nested too deeply')
  })

  it('takes 100 levels', () => {
    expect(read(nested(100)).success).toBe(true)
  })
})

describe('pushAllBody', () => {
  it('requires only data; an empty tag counts as absent', () => {
    expect(pushAllBody.parse({ data: 'x', tag: '' })).toEqual({ data: 'x', tag: undefined, urgent: false })
    expect(pushAllBody.parse({ data: 'x', tag: '..', urgent: '1' })).toEqual({ data: 'x', tag: '..', urgent: true })
  })

  it.each([
    [{}, 'data: is required, unless there is a template'],
    [{ data: 1 }, 'data: must be text, or a JSON object or list, nested at most 1000 levels deep'],
    [{ data: 'x', tag: 'a\n' }, 'tag: must not contain control characters'],
    [{ data: 'x', schedat: 'soon' }, 'schedat: must be a whole number'],
  ])('refuses %j', (body, sentence) => {
    expect(refusal(pushAllBody.safeParse(body))).toBe(sentence)
  })
})

describe('manyPushesBody', () => {
  it.each([1, 1000])('takes %i pushes, unread', (length) => {
    expect(manyPushesBody.parse({ pushes: Array(length).fill(null) }).pushes).toHaveLength(length)
  })

  it.each([
    [{}, 'pushes: must be a list'],
    [{ pushes: 'x' }, 'pushes: must be a list'],
    [{ pushes: [] }, 'pushes: must hold at least one push'],
    [{ pushes: Array(1001).fill(null) }, 'pushes: must hold at most 1000 pushes'],
  ])('refuses a wrong list', (body, sentence) => {
    expect(refusal(manyPushesBody.safeParse(body))).toBe(sentence)
  })

  it('has items that name their sender', () => {
    const item = { sender: 'sendmail', pusher: 'lupino', data: 'x' }
    expect(manyPushesItem.parse(item)).toEqual({ ...item, force: false, urgent: false })
    expect(manyPushesItem.safeParse({ ...item, sender: 'search' }).success).toBe(false)
    expect(manyPushesItem.safeParse({ ...item, sender: undefined }).success).toBe(false)
  })
})

describe('cancelBody', () => {
  it('needs a name', () => {
    expect(cancelBody.safeParse({ name: 'lupino_88bf' }).success).toBe(true)
    expect(refusal(cancelBody.safeParse({ name: '' }))).toBe('name: is required')
    expect(refusal(cancelBody.safeParse({}))).toBe('name: must be text')
  })
})
