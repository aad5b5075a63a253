import { domainToASCII } from 'node:url'
import { plainText } from './plain-text.ts'

/**
 * An email address in the one spelling that mail servers take, from what people write or copy: `A <mailto:a@Bücher.example>, `.
 * A text that is not an address is returned unchanged, so that its caller can check it.
 */
export function emailOf(text: string): string {
  const bare = withoutWrapping(plainText(text))
  const at = bare.lastIndexOf('@')
  const domain = bare.slice(at + 1).replaceAll(/[\u3002\uff61]/g, '.')
  // oxlint-disable-next-line no-control-regex -- what is beyond ASCII is just what is looked for
  const isForeign = at > 0 && /[^\u0000-\u007f]/.test(domain)
  return at > 0 ? `${bare.slice(0, at + 1)}${(isForeign && domainToASCII(domain)) || domain}` : bare
}

function withoutWrapping(text: string): string {
  const inner = text.replace(/[\s.,;:]+$/, '').replace(/^.*<([^<>]*)>$/s, '$1')
  if (!/^mailto:/i.test(inner)) return inner
  return decoded(inner.slice('mailto:'.length).replace(/\?.*$/s, ''))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
