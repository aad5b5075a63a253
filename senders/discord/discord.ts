import { type ChatCall, type JsonAnswer, type PostJson, usualResult } from '@carillon/chat'
import type { CallResult } from '@carillon/to-addresses'
import type { DiscordMessage } from './message.ts'

const DISCORD = 'Discord'

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes */
const UNKNOWN_WEBHOOK = 10_015

/**
 * Calls that Discord counts: 10,000 answers with 401, 403 or 429 in ten minutes ban the caller's IP address for a while,
 * https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans. So a webhook that
 * answers one of the first two is not called again.
 */
const GONE = new Set([401, 403, 404])

/** Executes a webhook, and waits for the message's id: https://docs.discord.com/developers/resources/webhook#execute-webhook */
export function discordCall(post: PostJson): ChatCall<DiscordMessage> {
  return (body, { token }, { signal }) => {
    const url = new URL(token)
    url.searchParams.set('wait', 'true')
    return post({ url: url.href, body, signal }, resultOf)
  }
}

function resultOf(answer: JsonAnswer): CallResult {
  const { status, json } = answer
  const { id, code, retry_after: pause } = json
  if (status === 200 || status === 204) return { sent: true, messageId: typeof id === 'string' ? id : undefined }
  const reason = typeof code === 'number' ? `code ${code}` : ''
  if (GONE.has(status) || code === UNKNOWN_WEBHOOK)
    return { disable: `Discord answered ${status}${reason && `: ${reason}`}` }
  return usualResult(DISCORD, answer, reason, typeof pause === 'number' && pause > 0 ? pause : undefined)
}
