import type { Address, SenderContext } from '@carillon/contract'
import { type CallResult, guardCalls } from '@carillon/to-addresses'
import type { PushMessage } from '../compose.ts'
import { type Http2Client, http2Client } from '../http2/client.ts'
import { lostAnswer } from '../http2/lost-answer.ts'
import type { PushProvider } from '../provider.ts'
import { LARGEST_PAYLOAD } from '../size.ts'
import { type AccessTokens, accessTokens, TokenError } from './access-tokens.ts'
import type { FcmCredentials } from './credentials.ts'
import { fcmMessage, fcmTarget } from './message.ts'
import { fcmResult } from './result.ts'

export interface FcmOptions {
  credentials: FcmCredentials[]
  baseUrl: string
  /** Instead of Google's. */
  tokenUrl: string | undefined
}

/** Sends through FCM's HTTP v1 API, with the credentials of the project that each address names as its target. */
export async function fcmProvider(
  { credentials, baseUrl, tokenUrl }: FcmOptions,
  context: Pick<SenderContext, 'log' | 'watchBreaker'>,
): Promise<PushProvider> {
  const { origin, pathname } = new URL(baseUrl)
  const client = http2Client(origin)
  const projects = new Map<string, FcmProject>()
  for (const each of credentials) {
    const path = `${pathname.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(each.project)}/messages:send`
    const guard = guardCalls(`FCM of ${each.project}`, context)
    projects.set(each.project, { path, tokens: await accessTokens(each, tokenUrl), client, guard })
  }
  const [first] = projects.values()
  const guardOthers = guardCalls('FCM', { log: context.log })
  return {
    async deliver(address, push) {
      const project = address.target === '' ? first : projects.get(address.target)
      if (!project) return guardOthers(async () => noCredentials(address.target))
      return project.guard(() => deliver(project, address, push))
    },
    close: () => client.close(),
  }
}

interface FcmProject {
  path: string
  tokens: AccessTokens
  client: Http2Client
  guard: ReturnType<typeof guardCalls>
}

async function deliver({ path, tokens, client }: FcmProject, address: Address, push: PushMessage): Promise<CallResult> {
  const { message, bytes } = fcmMessage(push)
  if (bytes > LARGEST_PAYLOAD) return { giveUp: `the payload has ${bytes} bytes, and FCM takes ${LARGEST_PAYLOAD}` }
  try {
    const token = await tokens.get()
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const body = JSON.stringify({ message: { ...message, ...fcmTarget(address.token) } })
    const answer = await client.post({ path, headers, body })
    if (answer.status === 401) tokens.drop(token)
    return fcmResult(answer, push.attempt)
  } catch (error) {
    return error instanceof TokenError ? noToken(error) : lostAnswer('FCM', error)
  }
}

/** Google answers 400 and 401 to a key that was revoked, or when this machine's clock is wrong. */
function noToken({ message, status }: TokenError): CallResult {
  const outage = status === undefined ? 'no access token' : `HTTP ${status}`
  return { retry: message, sent: 'no', outage, needsOperator: status === 400 || status === 401 || status === 403 }
}

function noCredentials(project: string): CallResult {
  const retry = `FCM_CREDENTIALS has no credentials for the project ${project}`
  return { retry, sent: 'no', needsOperator: true }
}
