import { type ChatCall, type JsonAnswer, type PostJson, usualResult } from '@carillon/chat'
import type { CallResult } from '@carillon/to-addresses'
import type { TeamsMessage } from './message.ts'

/** The workflow was deleted or turned off, or the URL's signature is not valid any more. */
const GONE = new Set([401, 403, 404, 410])

/**
 * Starts a workflow by its URL:
 * https://support.microsoft.com/en-us/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
 */
export function teamsCall(post: PostJson): ChatCall<TeamsMessage> {
  return (body, { token: url }, { signal }) => post({ url, body, signal }, resultOf)
}

/** A workflow accepts a message with 202 and posts it later. */
function resultOf(answer: JsonAnswer): CallResult {
  const { status, json } = answer
  if (status >= 200 && status < 300) return { sent: true }
  const code = codeIn(json)
  if (GONE.has(status)) return { disable: `Teams answered ${status}${code && `: ${code}`}` }
  return usualResult('Teams', answer, code)
}

/** The workflow's error code, such as `WorkflowNotFound`. Its sentence names the workflow. */
function codeIn({ error }: Record<string, unknown>): string {
  const { code } = Object(error) as Record<string, unknown>
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : ''
}
