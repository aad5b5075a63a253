const LONGEST = 200
/** A shorter row of digits is a status, such as `550 5.7.26`. */
const DIGITS_OF_NUMBER = 8

/**
 * A reason without what may name a person: a given id, email addresses, links, phone numbers and tokens become `…`. For
 * entries of the audit, which are kept when the person is erased.
 */
export function impersonal(reason: string, id: string): string {
  return withoutId(reason, id)
    .replaceAll(/[-+(]?\d[\d ().-]+\d/g, (text) => (text.replaceAll(/\D/g, '').length < DIGITS_OF_NUMBER ? text : '…'))
    .replaceAll(/\S*(?:@|:\/\/|\d{5})\S*|\S{25,}/g, '…')
    .slice(0, LONGEST)
}

/** Not within a longer word, because an id may be a single letter. */
function withoutId(reason: string, id: string): string {
  if (id === '') return reason
  const literal = id.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  return reason.replaceAll(new RegExp(String.raw`(?<!\w)${literal}(?!\w)`, 'g'), '…')
}
