import { chatSender, perAddress } from '@carillon/chat'
import * as z from 'zod'
import { composeTeams, teamsData } from './message.ts'
import { teamsCall } from './teams.ts'

/** `sendteams`: Adaptive Cards to workflows that post them. */
export default chatSender({
  name: 'sendteams',
  kind: 'teams',
  service: 'Teams',
  /** A fourth of what webhooks took: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
  options: z.object({ TEAMS_WEBHOOK_RATE: perAddress({ count: 1, seconds: 1 }) }),
  data: teamsData,
  compose: composeTeams,
  every: (_, { TEAMS_WEBHOOK_RATE }) => TEAMS_WEBHOOK_RATE,
  connect: (_, { post, guardedByHost }) => guardedByHost(teamsCall(post)),
})
