/** Sends POSTs to URLs that callers have given, and keeps them out of the operator's own network. */
export interface Outbound {
  /**
   * Redirects are not followed. They are returned like any other answer.
   * @throws OutboundError
   */
  post(request: OutboundRequest): Promise<OutboundAnswer>
}

export interface OutboundRequest {
  url: string
  headers?: Record<string, string>
  body: string | Uint8Array
  /** Milliseconds for the whole of it. */
  timeout: number
  /** Ends the call early. */
  signal?: AbortSignal
}

export interface OutboundAnswer {
  status: number
  /** By their names in lower case; one that was sent several times is joined by commas. */
  headers: Record<string, string>
  /** The first 64 KB. */
  body: string
}

/** Downloads files from URLs that callers have given, under the same guard. */
export interface Downloads {
  /**
   * Follows redirects, each of them guarded.
   * @throws OutboundError
   */
  download(request: DownloadRequest): Promise<DownloadedFile>
}

export interface DownloadRequest {
  /** http or https. */
  url: string
  /** Milliseconds for the whole of it. */
  timeout: number
  /** Bytes; of a larger file nothing is kept. */
  most: number
}

export interface DownloadedFile {
  status: number
  /** The server's Content-Type; empty when there is none. */
  contentType: string
  /** Empty unless the status is 2xx. */
  content: Buffer
}

/** There was no usable answer. The message says why, without the URL. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
  /** A retry would change nothing. */
  readonly isFinal: boolean
  constructor(message: string, { isFinal = false, ...options }: { isFinal?: boolean; cause?: unknown } = {}) {
    super(message, options)
    this.isFinal = isFinal
  }
}

/** A POST to an app's server, retried until it is accepted or its time is over. */
export interface Callback {
  app: number
  url: string
  headers: Record<string, string>
  /** Sent as it is, so that a signature in the headers holds. */
  body: string
  /** Seconds from now after which it is given up. */
  within: number
}

export interface Callbacks {
  /** Resolves once they are stored. It does not wait for their answers. */
  post(callbacks: readonly Callback[]): Promise<void>
}
