import {
  type Admission,
  type Handshake,
  mayConnectFrom,
  type Outbound,
  OutboundError,
  type SocketHandler,
} from '@carillon/contract'
import { Refusal } from '@carillon/http'
import { existing } from '../accounts/gatekeeper.ts'
import type { GopusherDeps } from '../deps.ts'
import { hasControlCharacter, LONGEST_USER_TAG } from '../limits.ts'
import { GopusherConnection } from './connection.ts'

/** Bytes; clients have nothing to say. */
const LONGEST_MESSAGE = 64 * 1024

const ANSWERS_WITHIN_MS = 5000

export function socketHandler(deps: GopusherDeps): SocketHandler {
  return {
    paths: ['/ws'],
    longestMessage: LONGEST_MESSAGE,
    admit: (handshake) => admit(deps, handshake).catch(refused),
  }
}

async function admit(deps: GopusherDeps, { target, origin }: Handshake): Promise<Admission> {
  const { key, userTag, token } = readTarget(target)
  const { app } = existing(await deps.apps.byKey(key))
  if (!mayConnectFrom(app, origin)) throw new Refusal(403, 'Pages of this origin may not connect to this app.')
  const { connectHook } = app.settings
  if (connectHook !== undefined) await askConnectHook(deps.outbound, connectHook, token, userTag)
  return { open: (client) => GopusherConnection.open(deps, { app, userTag, client }) }
}

function refused(error: unknown): Admission {
  if (error instanceof Refusal) return { refuse: { status: error.status, reason: error.message } }
  throw error
}

interface GopusherTarget {
  key: string
  userTag: string
  token: string
}

/** `/ws/{app_key}/{user_tag}[?token=…]`, each part percent-encoded. @throws Refusal */
function readTarget(target: string): GopusherTarget {
  const [path = '', query = ''] = target.split(/\?(.*)/s)
  const [, , key = '', userTag = '', ...more] = path.split('/').map(decode)
  if (key === '' || userTag === '' || more.length > 0)
    throw new Refusal(404, 'Connect to /ws/{app_key}/{user_tag}; a slash in a user_tag is %2F.')
  if (userTag.length > LONGEST_USER_TAG || hasControlCharacter(userTag))
    throw new Refusal(400, `A user_tag has at most ${LONGEST_USER_TAG} characters, and no control characters.`)
  return { key, userTag, token: new URLSearchParams(query).get('token') ?? '' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refusal(400, 'The path is not percent-encoded UTF-8.')
  }
}

/** Asks an app whose token it is. @throws Refusal 404 unless the answer is the user_tag */
export async function askConnectHook(outbound: Outbound, url: string, token: string, userTag: string): Promise<void> {
  const { status, body } = await post(outbound, url, token)
  if (status >= 300) throw new Refusal(404, `The connect_hook answered with status ${status}.`)
  if (body !== userTag) throw new Refusal(404, 'The connect_hook did not confirm this user_tag for the token.')
}

async function post(outbound: Outbound, url: string, token: string) {
  try {
    return await outbound.post({
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }).toString(),
      timeout: ANSWERS_WITHIN_MS,
    })
  } catch (error) {
    if (error instanceof OutboundError) throw new Refusal(404, `The connect_hook did not answer: ${error.message}`)
    throw error
  }
}
