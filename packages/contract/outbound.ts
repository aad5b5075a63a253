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

/** There was no answer; the sentence says why, without the URL. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
}
