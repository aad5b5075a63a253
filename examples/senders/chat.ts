import { type Outcome, RetryableError, defineSender } from '@carillon/contract'
import * as z from 'zod'

/*
 * Posts into a chat room, over a webhook as Slack and Mattermost have them:
 * CHAT_WEBHOOK_URL=https://… npx carillon worker --sender ./examples/senders/chat.ts
 */

export default defineSender({
  name: 'chat',
  options: z.object({ CHAT_WEBHOOK_URL: z.url('must be a URL').optional() }),
  data: z.object({ text: z.string().min(1) }),
  create({ CHAT_WEBHOOK_URL: url }) {
    if (!url) return { missing: 'set CHAT_WEBHOOK_URL, the address that the chat room gave you' }
    return {
      async send({ data, pusher, signal }) {
        const body = JSON.stringify({ text: `${pusher.nickname || pusher.id}: ${data.text}` })
        const headers = { 'Content-Type': 'application/json' }
        const response = await fetch(url, { method: 'POST', headers, body, signal })
        await response.body?.cancel()
        return outcomeOf(response)
      },
    }
  },
})

function outcomeOf({ ok, status, headers }: Response): Outcome {
  if (ok) return
  // No later try will bring the room back; anything else may pass, so it is thrown and tried again.
  if (status === 404 || status === 410) return { giveUp: 'the chat room is gone' }
  const after = Number(headers.get('retry-after')) || undefined
  throw new RetryableError(`the chat answered ${status}`, { after })
}
