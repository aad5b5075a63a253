import { type Outbound, OutboundError } from '@carillon/contract'
import { Refusal } from '@carillon/request'

const ANSWERS_WITHIN_MS = 5000

/** Asks an app whose token it is. @throws Refusal 404 unless the answer is the user_tag */
export async function askConnectHook(outbound: Outbound, url: string, token: string, userTag: string): Promise<void> {
  const { status, body } = await post(outbound, url, token)
  if (status >= 300) throw new Refusal(404, `The connect_hook answered with status ${status}.`)
  if (body !== userTag) throw new Refusal(404, 'The connect_hook knows this token by another user_tag, or not at all.')
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
    if (error instanceof OutboundError) throw new Refusal(404, `The connect_hook gave no answer: ${error.message}`)
    throw error
  }
}
