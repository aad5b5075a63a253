import type { Pusher } from 'carillon'

/** What is read of a user: the columns below. */
export interface UserRow {
  id: number
  login: string
  mail: string | null
  mobile: string | null
  name: string | null
  joined: number
  preferences: { timezone?: string; language?: string }
  channels: string[]
  labels: string[]
  profile: Record<string, unknown>
}

export const COLUMNS = `id, login, mail, mobile, name, floor(extract(epoch from joined))::float8 as joined,
  preferences, channels, labels, profile`

export function toPusher(user: UserRow): Pusher {
  return {
    id: user.login,
    email: user.mail ?? '',
    phoneNumber: user.mobile ?? '',
    nickname: user.name ?? '',
    createdAt: user.joined,
    timezone: user.preferences.timezone ?? '',
    locale: user.preferences.language ?? '',
    senders: user.channels,
    tags: user.labels,
    attributes: user.profile,
  }
}
