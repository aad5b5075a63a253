import { describe, expect, it } from 'vitest'
import { parseSearch } from '../search/parse.ts'
import { and, every, or, phrase, type SearchQuery } from '../search/query.ts'

const not = (of: SearchQuery) => ({ kind: 'not', of }) as const
const word = (text: string) => phrase(null, [text])
const nickname = (...words: string[]) => phrase('nickname', words)
const between = (min: number | null, max: number | null) => ({ kind: 'created', min, max }) as const

describe('a query string', () => {
  it.each([
    ['a word', 'Lupino', word('lupino')],
    ['words, any of them', 'a b', or([word('a'), word('b')])],
    ['whatever the spaces', ' a\n\u3000b ', or([word('a'), word('b')])],
    ['an address, as a phrase', 'example@example.com', phrase(null, ['example', 'example', 'com'])],
    ['a number', '127.0.0.1', phrase(null, ['127', '0', '0', '1'])],
    ['Chinese, character by character', '李雷', phrase(null, ['李', '雷'])],
    ['a phrase', '"Han Mei"', phrase(null, ['han', 'mei'])],
    ['a field', 'nickname:lupino', nickname('lupino')],
    ['a field in the spelling of the legacy server', 'NickName:lupino', nickname('lupino')],
    ['a field of two words', 'phone_number:1', phrase('phoneNumber', ['1'])],
    ['a phrase in a field', 'nickname:"Han Mei"', nickname('han', 'mei')],
    ['a field after a space', 'nickname: lupino', nickname('lupino')],
    ['what must be', '+a b', word('a')],
    ['what must not be', '-a', and([every, not(word('a'))])],
    ['all of these', '+a -b c', and([word('a'), not(word('b'))])],
    ['one of some and none of others', 'a b -c -d', and([or([word('a'), word('b')]), not(or([word('c'), word('d')]))])],
    [
      'signs inside a word',
      't-est t+est t=est',
      or([phrase(null, ['t', 'est']), phrase(null, ['t', 'est']), phrase(null, ['t', 'est'])]),
    ],
    ['a prefix', 'lup*', phrase(null, ['lup'], true)],
    ['a prefix in a field', 'nickname:lup*', phrase('nickname', ['lup'], true)],
    ['a prefix of an id', 'user-17*', phrase(null, ['user', '17'], true)],
    ['a prefix that ends with its word', 'user-*', word('user')],
    ['a prefix in Chinese', '李*', phrase(null, ['李'], true)],
    ['a wildcard', 'lu*no', { kind: 'pattern', field: null, pattern: 'lu*no' }],
    ['one character', 'lupin?', { kind: 'pattern', field: null, pattern: 'lupin?' }],
    ['any word of a domain', '*@example.com', phrase(null, ['example', 'com'])],
    ['a prefix of a domain', 'jo*@example.com', and([phrase(null, ['jo'], true), phrase(null, ['example', 'com'])])],
    ['any value', 'email:*', { kind: 'phrase', field: 'email', words: [], open: true }],
    ['everything', '*', every],
    ['an escaped wildcard', 'lup\\*', word('lup')],
    ['an escaped colon', 'name\\:marty', phrase(null, ['name', 'marty'])],
    ['an escaped sign', '\\+a', word('a')],
    ['an escaped space', 'a\\ b', or([word('a'), word('b')])],
    ['an escaped quotation mark', '"say \\"a b\\""', phrase(null, ['say', 'a', 'b'])],
    ['a boost, which changes nothing', 'a^3', word('a')],
    ['clauses without a word, skipped', '+!!! a', word('a')],
    ['nothing', '!!!', { kind: 'none' }],
    ['later than', 'createdAt:>1456403493', between(1456403494, null)],
    ['since', 'createdAt:>=1456403493', between(1456403493, null)],
    ['before', 'createdAt:<1456403493', between(null, 1456403492)],
    ['until', 'CreatedAt:<=1456403493', between(null, 1456403493)],
    ['exactly then', 'createdAt:1456403493', between(1456403493, 1456403493)],
    ['a negative number', 'createdAt:>-5', between(-4, null)],
    ['a fraction', 'createdAt:>1.5', between(2, null)],
    ['not later than', '-createdAt:>5', and([every, between(null, 5)])],
  ])('reads %s: %s', (_, text, query) => {
    expect(parseSearch(text)).toEqual(query)
  })

  it.each([
    ['"never closed', 1],
    ['a nickname:"never closed', 12],
    ['^', 1],
    ['a b^x', 4],
    ['nickname:', 10],
    ['nickname::a', 10],
    ['nickname:-text', 10],
    ['nickname:+text', 10],
    ['nickname:^text', 10],
    ['createdAt:>text', 12],
    ['createdAt:>=text', 13],
    ['createdAt:text', 1],
    ['a colour:red', 3],
    ['nickname:>5', 10],
    ['createdAt:19*', 1],
    ['a l*o', 3],
  ])('cannot read %s, and says column %i', (text, column) => {
    expect(() => parseSearch(text)).toThrow(expect.objectContaining({ code: 'bad_query' }))
    expect(() => parseSearch(text)).toThrow(`at column ${column}:`)
  })

  it.each([
    ['lupino~', 'fuzzy', 7],
    ['nickname:lupino~2', 'fuzzy', 16],
    ['/lup.*/', 'regexp', 1],
    ['createdAt:>"2016-02-25T12:31:33Z"', 'date', 12],
  ])('does not support %s and names it: %s', (text, name, column) => {
    expect(() => parseSearch(text)).toThrow(new RegExp(`at column ${column}: .*${name}.* is not supported`))
  })

  it('is at most 2000 characters long and asks for 64 words', () => {
    expect(() => parseSearch('a'.repeat(2001))).toThrow('2000 characters')
    expect(parseSearch('a '.repeat(64))).toMatchObject({ kind: 'or' })
    expect(() => parseSearch('a '.repeat(65))).toThrow('65 words')
  })
})
