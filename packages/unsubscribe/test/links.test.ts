import { randomBytes } from 'node:crypto'
import { categoryName, identifier, senderName } from '@carillon/contract'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkBase, type SentLink, unsubscribeKey, unsubscribeLinks } from '../index.ts'

const key = randomBytes(32)
const links = unsubscribeLinks(key)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const example: SentLink = { app: 1, pusher: 'lupino', category: 'news', sender: 'sendmail', address: 'ann@example.com' }

const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/)
const anyLink = fc.record<SentLink>({
  app: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  pusher: fc.string({ unit: 'grapheme', maxLength: 255 }).filter((text) => identifier.safeParse(text).success),
  category: fc.option(name.filter((text) => categoryName.safeParse(text).success)),
  sender: name.filter((text) => senderName.safeParse(text).success),
  address: fc.string(),
})

describe('a token', () => {
  it('names what was signed', () => {
    fc.assert(
      fc.property(anyLink, ({ address, ...link }) => {
        expect(links.read(links.sign({ ...link, address }))).toEqual(link)
      }),
    )
  })

  it('is another one for another address, category, sender, pusher or app', () => {
    const others: SentLink[] = [
      { ...example, address: 'bob@example.com' },
      { ...example, category: null },
      { ...example, sender: 'sendsms' },
      { ...example, pusher: 'ann' },
      { ...example, app: 2 },
    ]
    expect(new Set([example, ...others].map(links.sign)).size).toBe(others.length + 1)
  })

  it('leaves room in a header of 300 characters for the URL of the server', () => {
    const usual = {
      ...example,
      app: 1234,
      pusher: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
      category: 'weekly-newsletter',
    }
    expect(links.sign(usual).length).toBeLessThan(150)
  })

  it('contains neither the address nor a hash that can be guessed without the key', () => {
    const bytes = Buffer.from(links.sign(example), 'base64url').toString('latin1')
    expect(bytes).not.toContain('ann@example.com')
    const elsewhere = Buffer.from(unsubscribeLinks(randomBytes(32)).sign(example), 'base64url').toString('latin1')
    expect(elsewhere.slice(1, 9)).not.toBe(bytes.slice(1, 9))
  })

  it('knows whether it went to an address', () => {
    const token = links.sign(example)
    expect(links.wentTo(token, 'ann@example.com')).toBe(true)
    expect(links.wentTo(token, 'bob@example.com')).toBe(false)
    expect(links.wentTo('', 'ann@example.com')).toBe(false)
  })
})

describe('a token that was not signed exactly so', () => {
  it('is refused with any character replaced by any other', () => {
    for (const token of [links.sign(example), links.sign({ ...example, category: null, pusher: 'ann' })])
      expect(accepted(replacements(token))).toEqual([])
  })

  it('is refused with any character left out, doubled or swapped with the next', () => {
    const token = links.sign(example)
    for (let at = 0; at < token.length; at += 1) {
      const [before, one, after] = [token.slice(0, at), token[at]!, token.slice(at + 1)]
      const changed = [before + after, before + one + one + after, before + after.slice(0, 1) + one + after.slice(1)]
      expect(accepted(changed.filter((other) => other !== token))).toEqual([])
    }
  })

  it('is refused with anything around it', () => {
    const token = links.sign(example)
    for (const extra of ['=', '==', ' ', '\n', '\0', '.', '%', 'A', 'AAAA', '-', 'é', '\uFEFF'])
      expect(accepted([token + extra, extra + token])).toEqual([])
  })

  it('is refused in the other base64, and in other letters', () => {
    const token = [...Array(64).keys()].map((app) => links.sign({ ...example, app })).find((one) => /[-_]/.test(one))!
    expect(links.read(token)).not.toBeNull()
    expect(links.read(token.replaceAll('-', '+').replaceAll('_', '/'))).toBeNull()
    expect(links.read(token.toUpperCase())).toBeNull()
    expect(links.read(token.toLowerCase())).toBeNull()
  })

  it('is refused if it is any other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(links.read(text)).toBeNull()
      }),
    )
    for (const length of [0, 1, 8, 9, 16, 24, 25, 26, 100])
      expect(links.read(Buffer.alloc(length, 1).toString('base64url'))).toBeNull()
  })

  it('is refused if another installation signed it', () => {
    expect(unsubscribeLinks(randomBytes(32)).read(links.sign(example))).toBeNull()
  })
})

it('a link is below the address of the server', () => {
  expect(linkBase('https://bells.example.com')).toBe('https://bells.example.com/u/')
  expect(linkBase('https://example.com/bells/')).toBe('https://example.com/bells/u/')
})

describe('the key', () => {
  it('is 32 random bytes that are made once and kept for good', async () => {
    const stored = new Map<string, string>()
    const ages: number[] = []
    const shared = {
      async get(named: string, maxAge: number, make: () => string | Promise<string>) {
        ages.push(maxAge)
        const value = stored.get(named) ?? (await make())
        stored.set(named, value)
        return value
      },
    }
    const first = await unsubscribeKey(shared)
    expect(first).toHaveLength(32)
    expect(await unsubscribeKey(shared)).toEqual(first)
    expect(ages).toEqual([Infinity, Infinity])
    stored.clear()
    expect(await unsubscribeKey(shared)).not.toEqual(first)
  })
})

/** Which of the texts are read as tokens. */
function accepted(texts: Iterable<string>): string[] {
  return [...texts].filter((text) => links.read(text) !== null)
}

/** The token with one character replaced, in every way, also by characters that base64url does not have. */
function* replacements(token: string): Generator<string> {
  for (let at = 0; at < token.length; at += 1)
    for (const other of `${ALPHABET}+/=. `)
      if (other !== token[at]) yield token.slice(0, at) + other + token.slice(at + 1)
}
