export interface JoinOptions {
  sessionId: string
  /** As your server made it; a function is asked again whenever the connection has to be made anew. */
  token: string | (() => string | Promise<string>)
  /** A class like `WebSocket`, such as that of npm `ws`, where there is none. */
  WebSocket?: new (url: string) => WebSocket
  /** Milliseconds that a subscription waits for media; default 20,000. */
  mediaWithin?: number
  /**
   * Milliseconds after which a server that says nothing is asked whether it is there; when it has said nothing for as
   * long again, the connection is taken for lost. Default 30,000.
   */
  silence?: number
}

const MEDIA_WITHIN_MS = 20_000
const SILENCE_MS = 30_000

/** The options as a session uses them. */
export interface SessionOptions {
  socket: new (url: string) => WebSocket
  /** Milliseconds, as is `silence`. */
  mediaWithin: number
  silence: number
  address(): Promise<string>
}

/** @throws TypeError naming the option that cannot be used */
export function sessionOptions(url: string, options: JoinOptions): SessionOptions {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new TypeError('url must be one of http or https')
  const { sessionId, token, WebSocket: socket = globalThis.WebSocket } = options
  const { mediaWithin = MEDIA_WITHIN_MS, silence = SILENCE_MS } = options
  if (socket === undefined) throw new TypeError('WebSocket must be given: there is none here')
  const base = `${url.replace(/^http/i, 'ws').replace(/\/+$/, '')}/session/${encodeURIComponent(sessionId)}`
  const given = typeof token === 'function' ? token : () => token
  return { socket, mediaWithin, silence, address: async () => `${base}?token=${encodeURIComponent(await given())}` }
}
