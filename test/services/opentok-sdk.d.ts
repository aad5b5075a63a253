/** The official SDK, which brings no types; those that others wrote are of an older version. */
declare module 'opentok' {
  interface TokenOptions {
    role?: string
    data?: string
    /** Unix seconds. */
    expireTime?: number
    initialLayoutClassList?: string[]
  }

  interface ErrorClass {
    new (message?: string): Error
  }

  class OpenTok {
    constructor(apiKey: string, apiSecret: string, url?: string)
    generateToken(sessionId: string, options?: TokenOptions, isT1?: boolean): string
    static ArgumentError: ErrorClass
    static AuthError: ErrorClass
    static ArchiveError: ErrorClass
    static SignalError: ErrorClass
    static ForceDisconnectError: ErrorClass
    static RequestError: ErrorClass
    static NotFoundError: ErrorClass
  }

  export default OpenTok
}
