import { describe, expect, it } from 'vitest'
import { phoneForms, words } from '../search/words.ts'

describe('words', () => {
  it.each([
    ['Han Mei', ['han', 'mei']],
    ['example@Example.com', ['example', 'example', 'com']],
    ['user_1-2/3', ['user', '1', '2', '3']],
    ['ÀÉ Ivan Иван', ['àé', 'ivan', 'иван']],
    ['Ｌｕｐｉｎｏ', ['lupino']],
    ['e\u0301te\u0301', ['été']],
    ['李雷和han', ['李', '雷', '和', 'han']],
    ['カタカナ', ['カ', 'タ', 'カ', 'ナ']],
    ['한국어 नमस्ते', ['한국어', 'नमस्ते']],
    ['I❤🦊', ['i', '❤', '🦊']],
    ["it's \\ %_'", ['it', 's']],
    ['', []],
  ])('of %s', (text, found) => {
    expect(words(text)).toEqual(found)
  })

  it('are cut where a lexeme or a value grows too long', () => {
    expect(words('a'.repeat(1000))).toEqual(['a'.repeat(255)])
    expect(words('a '.repeat(1000))).toHaveLength(256)
  })
})

describe('a telephone number', () => {
  it.each([
    ['13800138000', ['13800138000']],
    ['138-0013 8000', ['13800138000']],
    ['+86 138 0013 8000', ['8613800138000', '13800138000']],
    ['+1 (500) 555-0006', ['15005550006', '5005550006']],
    ['+358 40 1234567', ['358401234567', '401234567']],
    ['', []],
  ])('%s is found by %s', (number, forms) => {
    expect(phoneForms(number)).toEqual(forms)
  })
})
