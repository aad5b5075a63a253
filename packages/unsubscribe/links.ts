import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

/** What a link in a message lets its reader change. */
export interface UnsubscribeLink {
  app: number
  /** Id of the pusher. */
  pusher: string
  /** Null: the link is for all preferences. */
  category: string | null
  /** Through which the message was sent. */
  sender: string
}

/** A link as it stands in a message that is about to be sent. */
export interface SentLink extends UnsubscribeLink {
  /** Where the message goes, as the pusher has it: an email address or a phone number. Empty: neither. */
  address: string
}

export interface UnsubscribeLinks {
  /** The token of a link, in base64url: about 70 characters for short ids. */
  sign(link: SentLink): string
  /** The link of a token; null if this installation did not sign exactly this text. */
  read(token: string): UnsubscribeLink | null
  /** Whether the message with this token went to the address. The token has only a keyed hash of it. */
  wentTo(token: string, address: string): boolean
}

/**
 * A token is a version, a keyed hash of the address, the fields as text, and an HMAC-SHA-256 over all of that. Without the
 * key, neither the address can be guessed nor a token be made. A token never expires.
 */
const VERSION = 1
const ADDRESS_BYTES = 8
const MAC_BYTES = 16
const HEAD_BYTES = 1 + ADDRESS_BYTES

/** No field contains it: ids and names have no control characters. */
const SEPARATOR = '\0'

/** Begins what is hashed of an address. No token begins with it, so no hash of an address is the HMAC of a token. */
const OF_ADDRESS = '\0'

/** Makes and reads the tokens of links. @param key at least 32 random bytes; `unsubscribeKey` returns it */
export function unsubscribeLinks(key: Uint8Array): UnsubscribeLinks {
  const secret = createSecretKey(key)
  const hmac = (data: string | Uint8Array, bytes: number) =>
    createHmac('sha256', secret).update(data).digest().subarray(0, bytes)
  const hashOf = (address: string) => hmac(OF_ADDRESS + address, ADDRESS_BYTES)
  const signed = (token: string) => {
    const bytes = Buffer.from(token, 'base64url')
    const content = bytes.subarray(0, -MAC_BYTES)
    // Other texts decode to the same bytes: with padding, or with other characters that base64url ignores.
    const isWhole = content.length > HEAD_BYTES && bytes.toString('base64url') === token
    return isWhole && timingSafeEqual(hmac(content, MAC_BYTES), bytes.subarray(-MAC_BYTES)) ? content : undefined
  }
  return {
    sign({ address, ...link }) {
      const content = Buffer.concat([Buffer.of(VERSION), hashOf(address), Buffer.from(textOf(link))])
      return Buffer.concat([content, hmac(content, MAC_BYTES)]).toString('base64url')
    },
    read(token) {
      const content = signed(token)
      return content?.[0] === VERSION ? linkOf(content.toString('utf8', HEAD_BYTES)) : null
    },
    wentTo(token, address) {
      return signed(token)?.subarray(1, HEAD_BYTES).equals(hashOf(address)) ?? false
    },
  }
}

/** What precedes the token in the URL of a link. @param publicUrl where recipients reach the API, in any way to write it */
export function linkBase(publicUrl: string): string {
  return `${new URL(publicUrl).href.replace(/\/+$/, '')}/u/`
}

function textOf({ app, category, sender, pusher }: UnsubscribeLink): string {
  return [app, category ?? '', sender, pusher].join(SEPARATOR)
}

function linkOf(text: string): UnsubscribeLink {
  const [app, category = '', sender = '', pusher = ''] = text.split(SEPARATOR)
  return { app: Number(app), pusher, category: category === '' ? null : category, sender }
}
