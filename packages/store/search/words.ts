/** Longer words are cut: a lexeme of Postgres holds 2046 bytes. */
const LONGEST_WORD = 255
/** Words of one value beyond these are not indexed. */
const MOST_WORDS = 256

const unspaced = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const alphanumeric = String.raw`\p{L}\p{N}`

/**
 * Runs of letters and digits. In scripts that put no spaces between words each character is a
 * word, so that a part of a Chinese name is found as a phrase; so is an emoji.
 */
const WORD = new RegExp(
  [
    String.raw`[\p{ExtPict}\p{RI}]`,
    String.raw`[[${unspaced}]&&[${alphanumeric}]]\p{M}*`,
    String.raw`[[${alphanumeric}]--[${unspaced}]][[${alphanumeric}\p{M}]--[${unspaced}]]*`,
  ].join('|'),
  'gv',
)

const UNSPACED = new RegExp(`[\\p{ExtPict}\\p{RI}${unspaced}]`, 'v')

/**
 * The words of a text in lower case: letters, digits and marks only, so they are safe in LIKE
 * patterns. Done here rather than in SQL, whose `lower` knows only ASCII in a database of locale C.
 */
export function words(text: string): string[] {
  const found = normalized(text).match(WORD) ?? []
  return found.slice(0, MOST_WORDS).map((word) => word.slice(0, LONGEST_WORD))
}

export function normalized(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** Whether some characters of this text are words of their own. */
export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text)
}

const CALLING_CODE = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/

/** How a telephone number may be asked for, whatever its spaces and dashes: with and without `+` and country. */
export function phoneForms(phoneNumber: string): string[] {
  const digits = words(phoneNumber).join('').slice(0, LONGEST_WORD)
  const national = phoneNumber.trim().startsWith('+') ? digits.replace(CALLING_CODE, '') : ''
  return [digits, national].filter(Boolean)
}
