import { chatSender, perAddress } from '@carillon/chat'
import { addressRates } from '@carillon/contract'
import * as z from 'zod'
import { discordCall } from './discord.ts'
import { composeDiscord, discordData } from './message.ts'

/** `senddiscord`: messages to webhooks of channels. */
export default chatSender({
  name: 'senddiscord',
  kind: 'discord',
  service: 'Discord',
  /** Of one IP address, as calls to webhooks carry no authorization: https://docs.discord.com/developers/topics/rate-limits#global-rate-limit */
  rate: { count: 50, seconds: 1 },
  options: z.object({ DISCORD_WEBHOOK_RATE: perAddress(addressRates.DISCORD_WEBHOOK_RATE) }),
  data: discordData,
  compose: composeDiscord,
  every: (_, { DISCORD_WEBHOOK_RATE }) => DISCORD_WEBHOOK_RATE,
  connect: (_, { post, guarded }) => guarded(discordCall(post)),
})
