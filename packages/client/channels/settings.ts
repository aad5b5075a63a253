import type { Agent } from 'node:http'

/** Read where no URL is given. */
const URL_VARIABLE = 'CARILLON_CHANNELS_URL'

export interface ChannelsOptions {
  /** 32 bytes in base64: encrypts what goes to `private-encrypted-` channels. The server never sees it. */
  encryptionMasterKey?: string | undefined
  /** Further secrets of the app, which webhooks may be signed with while one replaces another. */
  otherSecrets?: readonly string[] | undefined
  /** KB that the data of one event may have; default 10. To be raised together with the app's `limits.eventBytes`. */
  payloadLimit?: number | undefined
  /** Seconds that one call may take in all; default 5. */
  timeout?: number | undefined
  /** Makes the connections, as that of `createClient` does. */
  agent?: Agent | undefined
}

/** URL and options, checked and complete. */
export interface ChannelsSettings {
  /** Without credentials; its path is that of a proxy, which is not signed. */
  url: URL
  app: string
  key: string
  secret: string
  otherSecrets: readonly string[]
  encryptionMasterKey: string | undefined
  /** Bytes. */
  payloadLimit: number
  /** Milliseconds. */
  timeout: number
  agent: Agent | undefined
}

/** @throws TypeError naming what cannot be used, never its value: the URL holds the secret. */
export function settle(text: string | undefined, options: ChannelsOptions): ChannelsSettings {
  const { encryptionMasterKey, otherSecrets = [], payloadLimit = 10, timeout = 5, agent } = options
  if (!(timeout >= 0.001 && timeout <= 86_400)) throw new TypeError('timeout must be seconds, from 0.001 to 86400')
  if (!(payloadLimit > 0 && payloadLimit <= 1_000_000)) {
    throw new TypeError('payloadLimit must be KB, above 0 and at most 1000000')
  }
  if (encryptionMasterKey !== undefined && !/^[A-Za-z0-9+/]{43}=$/.test(encryptionMasterKey)) {
    throw new TypeError(
      'encryptionMasterKey must be 32 bytes in base64, such as the output of `openssl rand -base64 32`',
    )
  }
  const milliseconds = Math.round(timeout * 1000)
  const limit = Math.floor(payloadLimit * 1024)
  return { ...read(text), otherSecrets, encryptionMasterKey, payloadLimit: limit, timeout: milliseconds, agent }
}

function read(text = process.env[URL_VARIABLE]): Pick<ChannelsSettings, 'url' | 'app' | 'key' | 'secret'> {
  if (!text) throw new TypeError(`Pass a url or set ${URL_VARIABLE}, such as http://key:secret@127.0.0.1:6001/apps/1`)
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null
  const [, prefix = '', app] = /^(.*)\/apps\/([1-9]\d*)\/?$/.exec(url?.pathname ?? '') ?? []
  const [key, secret] = [decode(url?.username), decode(url?.password)]
  if (!url || !app || !key || !secret || url.search || url.hash) {
    throw new TypeError(
      'The url must be like http://key:secret@host:6001/apps/1, with special characters percent-encoded',
    )
  }
  return { url: Object.assign(new URL(url.origin), { pathname: prefix }), app, key, secret }
}

function decode(text = ''): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
