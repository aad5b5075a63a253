import { comparableAddress, emailOf, phoneOf } from '@carillon/addresses'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('a phone number', () => {
  it.each([
    ['+44 20 7183 8750', '+442071838750'],
    ['+44 (0)20 7183 8750', '+442071838750'],
    ['(+44) 020 7183 8750', '+442071838750'],
    ['0044 20 7183 8750', '+442071838750'],
    ['00 44 20 7183 8750', '+442071838750'],
    ['tel:+44-20-7183-8750', '+442071838750'],
    ['TEL:+44-20-7183-8750;phone-context=+44', '+442071838750'],
    ['\u202a+44\u200b20\u00a07183\u20118750\u202c', '+442071838750'],
    ['\ufeff+44–20–7183–8750 ', '+442071838750'],
    ['＋４４　２０　７１８３　８７５０', '+442071838750'],
    ['٠٠٤٤ ٢٠ ٧١٨٣ ٨٧٥٠', '+442071838750'],
    ['+۴۴۲۰۷۱۸۳۸۷۵۰', '+442071838750'],
    ['+44.20.7183.8750', '+442071838750'],
    ['+39 06 698 12345', '+390669812345'],
    ['+7 (8) 495 123-45-67', '+74951234567'],
    ['+15005550006', '+15005550006'],
    ['12345678901', '12345678901'],
    ['139-0000-0009', '13900000009'],
    ['１２３４５６７８９０１', '12345678901'],
  ])('%j is %s', (text, number) => {
    expect(phoneOf(text)).toEqual({ number })
  })

  it.each([
    ['020 7183 8750', 'GB', '+442071838750'],
    ['030/1234567', 'DE', '+49301234567'],
    ['(030) 123 45 67', 'DE', '+49301234567'],
    ['٠٣٠١٢٣٤٥٦٧', 'DE', '+49301234567'],
    ['4915112345678', 'DE', '+4915112345678'],
    ['447911123456', 'GB', '+447911123456'],
    ['+1 500 555 0006', 'GB', '+15005550006'],
    ['011 44 20 7183 8750', 'US', '+442071838750'],
    ['(500) 555-0006', 'US', '+15005550006'],
    ['12345678901', 'US', '+12345678901'],
    ['12345678901', 'GB', '+12345678901'],
    ['13900000000', 'CN', '+8613900000000'],
    ['8 495 123-45-67', 'RU', '+74951234567'],
    ['12345678901', 'XX', '12345678901'],
  ])('%j in %s is %s', (text, country, number) => {
    expect(phoneOf(text, country)).toEqual({ number })
  })

  it.each([
    ['', undefined, 'number'],
    ['call me', undefined, 'number'],
    ['+', undefined, 'number'],
    ['+1234', undefined, 'number'],
    ['+999123456789', undefined, 'number'],
    ['+44 20 7183 8750 ext. 5', undefined, 'number'],
    ['tel:+44-20-7183-8750;ext=5', undefined, 'number'],
    ['13900000000,13900000001', undefined, 'number'],
    ['+8613900000000/+8613900000001', undefined, 'number'],
    ['1'.repeat(21), undefined, 'number'],
    ['110', 'DE', 'number'],
    ['020 7183 8750', undefined, 'country'],
    ['030/1234567', undefined, 'country'],
  ])('%j in %s lacks its %s', (text, country, lacks) => {
    expect(phoneOf(text, country)).toEqual({ lacks })
  })

  it('is digits, whatever was written', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[+0-9 ()/-]{0,20}$/))
    fc.assert(
      fc.property(anything, fc.constantFrom(undefined, 'DE', 'US'), (text, country) => {
        const phone = phoneOf(text, country)
        expect('number' in phone ? phone.number : '+123').toMatch(/^\+?\d{3,20}$/)
      }),
    )
  })
})

describe('an email address', () => {
  it.each([
    [' a@example.com\n', 'a@example.com'],
    ['\ufeffa@exam\u00adple.com\u200b', 'a@example.com'],
    ['a＠example．com', 'a@example.com'],
    ['a@example。com', 'a@example.com'],
    ['mailto:a@example.com?subject=Hi', 'a@example.com'],
    ['MAILTO:a%2Bb@example.com', 'a+b@example.com'],
    ['<a@example.com>,', 'a@example.com'],
    ['A, B <a@example.com>', 'a@example.com'],
    ['a@example.com.', 'a@example.com'],
    ['A@Bücher.example', 'A@xn--bcher-kva.example'],
    ['a@例え.jp', 'a@xn--r8jz45g.jp'],
    ['ü@example.com', 'ü@example.com'],
    ['mailto:%zz@example.com', '%zz@example.com'],
  ])('%j is %s', (text, address) => {
    expect(emailOf(text)).toBe(address)
  })

  it.each(['', 'nobody', '@', 'a@b@c', 'a b@example.com', 'a@example.com,b@example.com', 'a@example.com\nBcc: b'])(
    'stays what it is where it is none: %j',
    (text) => expect(emailOf(text)).toBe(text),
  )

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void emailOf(text)))
  })
})

describe('two spellings of one address', () => {
  it.each([
    ['+44 (0)20 7183 8750', '020 7183 8750', 'GB'],
    ['0044 20 7183 8750', '+442071838750', undefined],
    ['a@bücher.example', ' mailto:a@xn--bcher-kva.example', undefined],
    ['030/1234567', '030/1234567', undefined],
  ])('%s and %s are compared as the same', (one, other, country) => {
    expect(comparableAddress(one, country)).toBe(comparableAddress(other, country))
  })
})
