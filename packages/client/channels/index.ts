export { type Channels, channelsFrom } from './channels-from.ts'
export { type AuthEndpoint, authEndpoints, type AuthEndpoints, type AuthRules, onNode } from './auth-endpoints.ts'
export type {
  AuthorityCalls,
  ChannelAuth,
  Member,
  User,
  UserAuth,
  Webhook,
  WebhookCalls,
  WebhookEvent,
  WebhookRequest,
} from './signatures.ts'
export type { BatchItem, ChannelState, Count, Counts, EventCalls, QuestionCalls, TriggerOptions } from './calls.ts'
export type { ChannelsOptions } from './settings.ts'
export { ApiError } from '../errors.ts'
export { CarillonError, type ErrorCode } from '@carillon/contract'
