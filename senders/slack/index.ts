import { type ChatCall, type ChatDeps, chatSender, optionalSetting, perAddress, webSetting } from '@carillon/chat'
import { addressRates } from '@carillon/contract'
import * as z from 'zod'
import { composeSlack, slackData, type SlackMessage } from './message.ts'
import { channelCall, webhookCall } from './slack.ts'

const slackOptions = z.object({
  SLACK_TOKEN: optionalSetting,
  SLACK_BASE_URL: webSetting('https://slack.com'),
  SLACK_CHANNEL_RATE: perAddress(addressRates.SLACK_CHANNEL_RATE),
})

/** `sendslack`: messages to incoming webhooks, and with a token to channels and users. */
export default chatSender({
  name: 'sendslack',
  kind: 'slack',
  service: 'Slack',
  options: slackOptions,
  data: slackData,
  compose: composeSlack,
  every: (_, { SLACK_CHANNEL_RATE }) => SLACK_CHANNEL_RATE,
  connect({ SLACK_TOKEN: token, SLACK_BASE_URL: baseUrl }, deps) {
    const toWebhook = deps.guarded(webhookCall(deps.post))
    const toChannel = token ? deps.guarded(channelCall(deps.postToOperators, baseUrl, token)) : withoutToken(deps)
    return (message, address, push) => (isUrl(address.token) ? toWebhook : toChannel)(message, address, push)
  },
})

/** Seconds that a message to a channel waits for a token before it is looked at again. */
const WITHOUT_TOKEN_S = 60

/** A token that the operator forgot is no fault of the push: it waits for one as long as its ttl lasts. */
function withoutToken({ outbox }: ChatDeps): ChatCall<SlackMessage> {
  return outbox ?? (async () => ({ wait: 'waits for a worker with SLACK_TOKEN', seconds: WITHOUT_TOKEN_S }))
}

function isUrl(token: string): boolean {
  return /^https?:\/\//.test(token)
}
