import { fieldsOf } from './frame.ts'

/** What a client asks for when it subscribes. */
export interface Subscription {
  channel: string
  auth: string
  /** JSON, as the application signed it. */
  channelData?: string
}

/** @returns undefined where no channel is named */
export function readSubscription(data: unknown): Subscription | undefined {
  const { channel, auth, channel_data: channelData } = fieldsOf(data)
  if (typeof channel !== 'string') return undefined
  return {
    channel,
    auth: typeof auth === 'string' ? auth : '',
    ...(typeof channelData === 'string' && channelData !== '' && { channelData }),
  }
}
