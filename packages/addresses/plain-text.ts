/**
 * Text as a keyboard types it: without the invisible marks that come along when it is copied, in half-width letters and
 * ASCII digits, and trimmed.
 */
export function plainText(text: string): string {
  return text
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/[\u{ff01}-\u{ff5e}]/gu, (wide) => String.fromCodePoint(wide.codePointAt(0)! - 0xfee0))
    .replaceAll(/\p{Nd}/gu, (digit) => String(valueOf(digit.codePointAt(0)!)))
    .trim()
}

/** Unicode keeps the ten digits of a script together, from 0 to 9. */
function valueOf(digit: number): number {
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(digit - value - 1))) value++
  return value
}
