export { createClient } from './client.ts'
export type { CarillonClient } from './client.ts'
export { ApiError } from './errors.ts'
export type { ClientOptions } from './options.ts'
export type { BroadcastCalls } from './broadcasts.ts'
export type { Idempotent, PushItem, PushResult } from './pushes.ts'
export { signRequest } from './sign.ts'
export type { RequestToSign, SignatureVersion } from './sign.ts'
export { CarillonError, signV1, signV2 } from '@carillon/contract'
export type {
  BroadcastRecipient,
  BroadcastStatus,
  ErrorCode,
  ListOptions,
  Priority,
  PushAllOptions,
  PushApi,
  Pusher,
  PusherFields,
  PusherList,
  PushEvent,
  PushEventName,
  PushFilter,
  PushHistory,
  PushOptions,
  PushQuery,
  PushRecord,
  PushStateName,
  RecipientQuery,
  Reported,
  ReportEventName,
  SignedV2,
  Suppression,
  SuppressionQuery,
} from '@carillon/contract'
