import { type ChatCall, type JsonAnswer, type PostJson, usualResult } from '@carillon/chat'
import type { CallResult } from '@carillon/to-addresses'
import type { SlackMessage } from './message.ts'

const SLACK = 'Slack'

/**
 * Errors that mean that a channel, a user or a webhook cannot be reached any more.
 * Webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors,
 * channels: https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
const GONE = new Set([
  'channel_not_found',
  'is_archived',
  'channel_is_archived',
  'no_service',
  'no_service_id',
  'no_active_hooks',
  'no_team',
  'team_disabled',
  'invalid_token',
  'user_not_found',
  'user_disabled',
])

const TOKEN = 'check SLACK_TOKEN'
const SCOPE = 'give the app the scope chat:write and install it again'
const POLICY = 'ask an administrator of the workspace to allow it'

/** What the operator has to do about errors of the Web API that stop all messages. */
const OPERATOR = new Map([
  ['not_authed', TOKEN],
  ['invalid_auth', TOKEN],
  ['account_inactive', TOKEN],
  ['token_revoked', TOKEN],
  ['token_expired', TOKEN],
  ['not_allowed_token_type', `${TOKEN}, which begins with xoxb-`],
  ['missing_scope', SCOPE],
  ['no_permission', SCOPE],
  ['org_login_required', POLICY],
  ['team_access_not_granted', POLICY],
  ['access_denied', POLICY],
  ['accesslimited', POLICY],
  ['ekm_access_denied', POLICY],
  ['enterprise_is_restricted', POLICY],
])
/** Those that stop messages to one channel, which says nothing about others. */
const OPERATOR_OF_CHANNEL = new Map([
  ['not_in_channel', 'invite the app to the channel'],
  ['restricted_action', 'allow the app to post in the channel'],
])

/** Errors of the Web API that pass. */
const PASSING = new Set(['service_unavailable', 'request_timeout', 'message_limit_exceeded', 'team_added_to_org'])
/** Those after which a part of the call may have succeeded, as Slack says. */
const AMBIGUOUS = new Set(['internal_error', 'fatal_error'])
const LIMITED = new Set(['ratelimited', 'rate_limited'])

/** Posts to an incoming webhook, whose answer is `ok` or a code, as plain text. */
export function webhookCall(post: PostJson): ChatCall<SlackMessage> {
  return (body, { token: url }, { signal }) => post({ url, body, signal }, webhookResult)
}

function webhookResult(answer: JsonAnswer): CallResult {
  const { status, text } = answer
  if (status === 200) return { sent: true }
  const code = codeIn(text)
  if (GONE.has(code) || [403, 404, 410].includes(status))
    return { disable: `Slack answered ${status}${code && `: ${code}`}` }
  return usualResult(SLACK, answer, code)
}

/** Posts to a channel or a user as the app, by `chat.postMessage`. Its answer is 200 for errors too. */
export function channelCall(post: PostJson, baseUrl: string, token: string): ChatCall<SlackMessage> {
  const headers = { authorization: `Bearer ${token}` }
  return (message, { token: channel }, { signal }) =>
    post({ url: `${baseUrl}/api/chat.postMessage`, headers, body: { channel, ...message }, signal }, channelResult)
}

function channelResult(answer: JsonAnswer): CallResult {
  const { status, after, json } = answer
  const code = codeIn(json['error'])
  if (status === 200 && json['ok'] === true)
    return { sent: true, messageId: typeof json['ts'] === 'string' ? json['ts'] : undefined }
  if (LIMITED.has(code)) return usualResult(SLACK, { ...answer, status: 429 }, code)
  if (status !== 200 || code === '')
    return usualResult(SLACK, status === 200 ? { ...answer, status: 502 } : answer, code)
  const said = `Slack refused the message: ${code}`
  if (GONE.has(code)) return { disable: said }
  const [advice, adviceForChannel] = [OPERATOR.get(code), OPERATOR_OF_CHANNEL.get(code)]
  if (advice) return { retry: `${said} (${advice})`, sent: 'no', outage: code, needsOperator: true }
  if (adviceForChannel) return { retry: `${said} (${adviceForChannel})`, sent: 'no', needsOperator: true }
  if (PASSING.has(code)) return { retry: said, after, sent: 'no', outage: code }
  if (AMBIGUOUS.has(code)) return { retry: said, after, sent: 'maybe', outage: code }
  return { giveUp: said }
}

/** Slack's code, or nothing. Any other text may come from a server that is not Slack's. */
function codeIn(text: unknown): string {
  return typeof text === 'string' && /^[a-z_]{1,60}$/.test(text.trim()) ? text.trim() : ''
}
