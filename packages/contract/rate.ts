import * as z from 'zod'

/** How often a sender may send: `count` messages in `seconds`. */
export interface Rate {
  count: number
  seconds: number
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 }

/** A rate as it is written: `10/s`, `300/m`, `5000/h`. */
export const rate = z
  .string()
  .regex(/^[1-9]\d{0,6}\/[smh]$/, 'must be a number per second, minute or hour, such as 10/s, 300/m or 5000/h')
  .transform((text): Rate => {
    const [count = '', unit = ''] = text.split('/')
    return { count: Number(count), seconds: UNITS[unit] ?? 0 }
  })

/**
 * How often a chat service lets one channel, chat or webhook have a message, unless the setting of that name says otherwise.
 * Slack: https://docs.slack.dev/apis/web-api/rate-limits. Discord, 5 in 2 seconds:
 * https://docs.discord.com/developers/topics/rate-limits. Telegram:
 * https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. Teams, a fourth of what webhooks took:
 * https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 */
export const addressRates = {
  SLACK_CHANNEL_RATE: '1/s',
  DISCORD_WEBHOOK_RATE: '150/m',
  TELEGRAM_CHAT_RATE: '1/s',
  TELEGRAM_GROUP_RATE: '20/m',
  TEAMS_WEBHOOK_RATE: '1/s',
}

/** A part of a sender's rate. */
export interface RateGrant {
  /** Messages that may be sent before the slice of time ends, from 0 to `most`. */
  tokens: number
  /** Milliseconds until the slice ends. Then these tokens are void, and new ones are available. */
  msLeft: number
}

/** Spaces out what is sent to one address. */
export interface AddressPacer {
  /**
   * Reserves the next moment at which something may be sent to an address, unless `reserved` is one that is still valid.
   * @param key of the address; hashed before it leaves the process
   * @param every milliseconds between two sends
   * @param reserved unix ms, which an earlier call has returned; valid until some seconds after it has come
   * @returns unix ms; 0: it may be sent now
   * @throws Error while what it counts in cannot be reached
   */
  reserve(key: string, every: number, reserved?: number): Promise<number>
  /**
   * Nothing is sent to an address for so many milliseconds, as its provider asks. Moments that were reserved within that
   * time are void.
   * @throws Error while what it counts in cannot be reached
   */
  hold(key: string, ms: number): Promise<void>
}

/** Counts what senders send, for all processes that share it. */
export interface RateLimiter {
  /**
   * Takes up to `most` tokens of a sender. Never waits for more.
   * @throws Error while what it counts in cannot be reached.
   */
  take(sender: string, rate: Rate, most: number): Promise<RateGrant>
}
