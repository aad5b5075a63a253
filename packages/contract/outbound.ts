/** POSTs to addresses that others have given, and that must not lead into the operator's own network. */
export interface Outbound {
  /**
   * Redirects are not followed: they are an answer like any other.
   * @throws OutboundError
   */
  post(request: OutboundRequest): Promise<OutboundAnswer>
}

export interface OutboundRequest {
  url: string
  headers?: Record<string, string>
  body: string
  /** Milliseconds for the whole of it. */
  timeout: number
}

export interface OutboundAnswer {
  status: number
  /** The first 64 KB. */
  body: string
}

/** Gets files from addresses that others have given, under the same guard. */
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
  /** As the server says; empty when it does not. */
  contentType: string
  /** Empty unless the status is 2xx. */
  content: Buffer
}

/** There was no answer, or none that can be used; the sentence says why, without the URL. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
  /** To ask again would change nothing. */
  readonly isFinal: boolean
  constructor(message: string, { isFinal = false, ...options }: { isFinal?: boolean; cause?: unknown } = {}) {
    super(message, options)
    this.isFinal = isFinal
  }
}

/** A POST to somebody's server, tried again until it is taken or its time is over. */
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
  /** Resolves once they are stored; what is answered is not waited for. */
  post(callbacks: readonly Callback[]): Promise<void>
}
