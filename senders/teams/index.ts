import { chatSender, perAddress } from '@carillon/chat'
import { addressRates } from '@carillon/contract'
import * as z from 'zod'
import { composeTeams, teamsData } from './message.ts'
import { teamsCall } from './teams.ts'

/** `sendteams`: Adaptive Cards to workflows that post them. */
export default chatSender({
  name: 'sendteams',
  kind: 'teams',
  service: 'Teams',
  options: z.object({ TEAMS_WEBHOOK_RATE: perAddress(addressRates.TEAMS_WEBHOOK_RATE) }),
  data: teamsData,
  compose: composeTeams,
  every: (_, { TEAMS_WEBHOOK_RATE }) => TEAMS_WEBHOOK_RATE,
  connect: (_, { post, guardedByHost }) => guardedByHost(teamsCall(post)),
})
