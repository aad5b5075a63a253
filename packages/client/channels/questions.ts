import { CarillonError } from '@carillon/contract'
import { path } from '../path.ts'
import type { Count, Counts } from './events.ts'
import type { Sdk } from './sdk.ts'

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
