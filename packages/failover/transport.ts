import type { Outcome } from '@carillon/contract'

/** A way to get messages out; a sender may have several of them. */
export interface Transport<Message> {
  /** In the log, and in the reason why a push waits. */
  name: string
  /** @throws RetryableError, which says whether the message is out and whether the transport is in trouble */
  send(message: Message, signal: AbortSignal): Promise<Outcome>
  /** Several in fewer calls. The results are index-aligned with the messages; a failed try is an error as a value. */
  sendMany?(messages: Message[], signal: AbortSignal): Promise<Result[]>
  close?(): Promise<void>
}

export type Result = Outcome | Error

/** Transports as if they were one. */
export type Failover<Message> = Required<Omit<Transport<Message>, 'name' | 'sendMany'>> &
  Pick<Transport<Message>, 'sendMany'>
