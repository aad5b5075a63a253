import { type ChatCall, type ChatDeps, type JsonAnswer, usualResult } from '@carillon/chat'
import { errorCode, type Push } from '@carillon/contract'
import type { CallResult } from '@carillon/to-addresses'
import type { TelegramMessage } from './message.ts'

const TELEGRAM = 'Telegram'

/** Errors have no codes of their own. These sentences mean that a chat cannot be reached: https://github.com/TelegramBotAPI/errors */
const GONE = /chat not found|user not found|PEER_ID_INVALID|group is deactivated|group chat was deactivated/i
/** A 403 that passes, or that is about another bot. The others mean that the bot was blocked or removed. */
const NOT_GONE = /can't send messages to/i

/** Sends by the Bot API: https://core.telegram.org/bots/api#sendmessage */
export function telegramCall(
  { postToOperators: post, book }: ChatDeps,
  baseUrl: string,
  token: string,
): ChatCall<TelegramMessage> {
  const send = (message: TelegramMessage, chat: string, { signal }: Push, read: (answer: JsonAnswer) => Result) =>
    post({ url: `${baseUrl}/bot${token}/sendMessage`, body: { chat_id: chat, ...message }, signal }, read)

  return (message, address, push) =>
    send(message, address.token, push, async (answer) => {
      const chat = migratedTo(answer)
      if (chat === undefined) return resultOf(answer)
      try {
        await book?.change(push.app, address.id, { token: chat })
      } catch (error) {
        push.log.warn({ error: errorCode(error) }, 'the new id of a chat could not be stored')
      }
      return send(message, chat, push, resultOf)
    })
}

type Result = CallResult | Promise<CallResult>

/** The id of the supergroup that a group has become, after which its old id is of no use. */
function migratedTo({ json }: JsonAnswer): string | undefined {
  const { migrate_to_chat_id: chat } = parametersIn(json)
  return typeof chat === 'number' || typeof chat === 'string' ? String(chat) : undefined
}

function resultOf(answer: JsonAnswer): CallResult {
  const { status, json } = answer
  if (status === 200 && json['ok'] === true) return { sent: true, messageId: messageIdIn(json) }
  if (status === 200) return usualResult(TELEGRAM, { ...answer, status: 502 }, 'no result')
  const reason = typeof json['description'] === 'string' ? json['description'].slice(0, 200) : ''
  const said = `Telegram answered ${status}: ${reason}`
  if (status === 401 || status === 404)
    return { retry: `${said} (check TELEGRAM_TOKEN)`, sent: 'no', outage: `HTTP ${status}`, needsOperator: true }
  if ((status === 403 && !NOT_GONE.test(reason)) || (status === 400 && GONE.test(reason))) return { disable: said }
  const { retry_after: pause } = parametersIn(json)
  return usualResult(TELEGRAM, answer, reason, typeof pause === 'number' && pause > 0 ? pause : undefined)
}

/** https://core.telegram.org/bots/api#responseparameters */
function parametersIn({ parameters }: Record<string, unknown>): Record<string, unknown> {
  return Object(parameters) as Record<string, unknown>
}

function messageIdIn({ result }: Record<string, unknown>): string | undefined {
  const { message_id: id } = Object(result) as Record<string, unknown>
  return typeof id === 'number' ? String(id) : undefined
}
