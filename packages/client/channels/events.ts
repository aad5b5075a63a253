import { path } from '../path.ts'
import { attempt } from './attempt.ts'
import type { Sdk } from './sdk.ts'

export type Count = 'user_count' | 'subscription_count'

/** What was asked for; `user_count` is known of presence channels only, and left out for others. */
export type Counts = Partial<Record<Count, number>>

export interface TriggerOptions {
  /** The socket id of the connection that is not to hear it: mostly of who caused it. */
  except?: string | undefined
  /** What is to be told of each channel. */
  info?: readonly Count[] | undefined
}

export interface BatchItem extends TriggerOptions {
  channel: string
  event: string
  data: unknown
}

export interface EventCalls {
  /**
   * An event to one channel or up to 100; of an encrypted channel, to that one only.
   * @param data text as it is, anything else as JSON; on an encrypted channel always as JSON.
   * @returns what `info` asked for, by channel; else nothing.
   * @throws CarillonError `too_large` when the data is beyond `payloadLimit`.
   */
  trigger(
    channels: string | readonly string[],
    event: string,
    data: unknown,
    options?: TriggerOptions,
  ): Promise<Record<string, Counts>>
  /** Up to 10 events: all of them or none. @returns what `info` asked for, index-aligned, when any item did. */
  triggerBatch(batch: readonly BatchItem[]): Promise<Counts[]>
  /** To every connection that is signed in as this user: a pusher's id. */
  sendToUser(user: string, event: string, data: unknown): Promise<void>
  /** Ends every connection that is signed in as this user. */
  terminateConnections(user: string): Promise<void>
}

/** The calls that reach connections. */
export function eventCalls(sdk: Sdk): EventCalls {
  return {
    async trigger(channels, event, data, options = {}) {
      const names = typeof channels === 'string' ? channels : [...channels]
      const answer = await attempt(() => sdk.trigger(names, event, data, parameters(options)))
      return ((await answer.json()) as { channels?: Record<string, Counts> }).channels ?? {}
    },
    async triggerBatch(batch) {
      const answer = await attempt(() => sdk.triggerBatch(batch.map(batchEvent)))
      return ((await answer.json()) as { batch?: Counts[] }).batch ?? []
    },
    async sendToUser(user, event, data) {
      await attempt(() => sdk.sendToUser(user, event, data))
    },
    async terminateConnections(user) {
      await sdk.post({ path: path`/users/${user}/terminate_connections`, body: {} })
    },
  }
}

function batchEvent({ channel, event, data, ...options }: BatchItem) {
  return { channel, name: event, data, ...parameters(options) }
}

function parameters({ except, info }: TriggerOptions): { socket_id?: string; info?: string } {
  return { ...(except !== undefined && { socket_id: except }), ...(info && { info: info.join(',') }) }
}
