import { createHash } from 'node:crypto'

/** Whom a consumer's token speaks of. */
export interface Bearer {
  user: string
  /** Unix seconds. */
  exp: number
  source?: unknown
}

/** The same for the same token, so that it finds its queue and its rooms again. */
export function consumerId({ user, exp, source }: Bearer): string {
  const userHex = /^[a-f0-9]{24}$/.test(user) ? user : createHash('sha256').update(user).digest('hex').slice(0, 24)
  const hex = userHex + exp.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const text = bytes.toString('base64').replaceAll('/', '_').replaceAll('+', '-').replaceAll('=', '~')
  return `${letterOf(source)}.${text}`
}

/** Android, iOS, web, or the original's own. */
function letterOf(source: unknown): string {
  const letter = typeof source === 'string' ? source.charAt(0).toLowerCase() : ''
  return letter !== '' && 'aiwt'.includes(letter) ? letter : 't'
}
