import { CarillonError } from '@carillon/contract'
import { path } from '../request.ts'
import { attempt, type Sdk } from './sdk.ts'

export type Count = 'user_count' | 'subscription_count'

/** The requested attributes. `user_count` exists only for presence channels, and is left out for others. */
export type Counts = Partial<Record<Count, number>>

export interface TriggerOptions {
  /** The socket id of a connection that does not receive it: usually the one that caused it. */
  except?: string | undefined
  /** The counts to return for each channel. */
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

export interface ChannelState extends Counts {
  occupied: boolean
  /** The last event of a cache channel, and for how many seconds it is kept; null when there is none. */
  cache?: { data: string; ttl: number } | null
}

export interface QuestionCalls {
  /** The channels that anyone is on. `user_count` wants a prefix of presence channels. */
  getChannels(options?: { prefix?: string; info?: readonly Count[] }): Promise<Record<string, Counts>>
  getChannel(channel: string, options?: { info?: readonly (Count | 'cache')[] }): Promise<ChannelState>
  /** Ids of those who are on a presence channel. */
  getUsers(channel: string): Promise<string[]>
}

/** The calls that ask who is there, over all processes of the server. */
export function questionCalls(sdk: Sdk): QuestionCalls {
  async function ask<Answer>(subpath: string, params: Record<string, string> = {}): Promise<Answer> {
    return (await sdk.get({ path: subpath, params })).json() as Promise<Answer>
  }
  return {
    async getChannels({ prefix, info } = {}) {
      const params = { ...(prefix !== undefined && { filter_by_prefix: checkPrefix(prefix) }), ...asked(info) }
      return (await ask<{ channels: Record<string, Counts> }>('/channels', params)).channels
    },
    async getChannel(channel, { info } = {}) {
      return ask<ChannelState>(path`/channels/${channel}`, asked(info))
    },
    async getUsers(channel) {
      const { users } = await ask<{ users: { id: string }[] }>(path`/channels/${channel}/users`)
      return users.map(({ id }) => id)
    },
  }
}

function asked(info?: readonly string[]): Record<string, string> {
  return info?.length ? { info: info.join(',') } : {}
}

/** The SDK signs and sends parameters as they are: an ampersand in one would be another one. */
function checkPrefix(prefix: string): string {
  if (/^[-\w=@,.;]*$/.test(prefix)) return prefix
  throw new CarillonError('invalid_field', `prefix must have characters of channel names only, and is ${prefix}`)
}
