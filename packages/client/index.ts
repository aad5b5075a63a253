export { type CarillonClient, createClient } from './client.ts'
export { ApiError } from './errors.ts'
export type { ClientOptions } from './options.ts'
export type { ExplainCalls } from './explain.ts'
export type { AudienceCalls, PreferenceChange, PusherPreferences } from './audience.ts'
export type { BroadcastCalls } from './broadcasts.ts'
export type { UserCalls } from './users.ts'
export type { Idempotent, PushItem, PushResult } from './pushes.ts'
export type { TemplateCalls, TemplateFields, TemplateWithData } from './templates.ts'
export { type RequestToSign, type SignatureVersion, signRequest } from './sign.ts'
export {
  type AddressApi,
  type AddressBlock,
  type AddressFields,
  type AddressKind,
  type AddressOutcome,
  type AddressResult,
  type ApnsEnvironment,
  type BroadcastRecipient,
  type BroadcastStatus,
  CarillonError,
  type Category,
  type Check,
  type Choice,
  type ErrorCode,
  type Explanation,
  type HistoryApi,
  type ListOptions,
  type PlainAddress,
  type Priority,
  type PushAllOptions,
  type PushApi,
  type Pusher,
  type PusherAddresses,
  type PusherFields,
  type PusherUpdate,
  type PusherList,
  type PushEvent,
  type PushEventName,
  type PushFilter,
  type PushHistory,
  type PushOptions,
  type PushQuery,
  type PushRecord,
  type PushStateName,
  type RecipientQuery,
  type Reported,
  type ReportEventName,
  type ShownAddress,
  type SignedV2,
  signV1,
  signV2,
  type Suppression,
  type SuppressionQuery,
  type Template,
  type TemplateSelection,
  type UserScope,
  type UserTokenOptions,
} from '@carillon/contract'
