/** A server the whole run shares. */
export interface Service {
  url: string
  stop(): Promise<void>
}
