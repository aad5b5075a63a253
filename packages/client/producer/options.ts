export interface ProducerOptions {
  /**
   * Secrets of the app, or PEM private keys (RSA or P-256) whose public keys are registered with it. The first one that
   * the server accepts is used; the others are for the time of a rotation.
   */
  secretKeys: readonly string[]
  /** Names this producer in the server's log. */
  producerId: string
  /** Seconds that tokens are valid; default a day. */
  expiresIn?: number
  /** Host and port; default `127.0.0.1:7720`. */
  address?: string
  /** Messages that may wait for the server; default 10,000. */
  messageWaitCount?: number
  /** Milliseconds that the server has to answer; default 60,000. */
  readWriteTimeout?: number
}

/** The options, checked, with defaults. */
export interface ProducerSettings {
  secretKeys: readonly string[]
  producerId: string
  expiresIn: number
  host: string
  port: number
  messageWaitCount: number
  readWriteTimeout: number
}

const DAY_S = 86_400

/** @throws TypeError naming the option, never a key */
export function settingsOf(options: ProducerOptions): ProducerSettings {
  const { secretKeys, producerId, expiresIn = DAY_S, messageWaitCount = 10_000, readWriteTimeout = 60_000 } = options
  if (!Array.isArray(secretKeys) || secretKeys.length === 0 || !secretKeys.every(isText))
    throw new TypeError('secretKeys must be a list of at least one secret or PEM private key')
  if (!isText(producerId)) throw new TypeError('producerId must be a text')
  const numbers = { expiresIn, messageWaitCount, readWriteTimeout }
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isSafeInteger(value) || value <= 0) throw new TypeError(`${name} must be a whole number above 0`)
  return { secretKeys, producerId, ...numbers, ...place(options.address ?? '127.0.0.1:7720') }
}

/** Also `[::1]:7720`. */
function place(address: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(address) ?? []
  if (host === undefined || Number(port) > 65_535) throw new TypeError('address must be a host and a port: host:7720')
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
