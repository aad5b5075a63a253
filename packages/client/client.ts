import type { AddressApi, PushApi } from '@carillon/contract'
import { addressCalls } from './addresses.ts'
import { audienceCalls, type AudienceCalls } from './audience.ts'
import { broadcastCalls, type BroadcastCalls } from './broadcasts.ts'
import { explainCalls, type ExplainCalls } from './explain.ts'
import { historyCalls, type HistoryCalls, pushCalls, type PushCalls } from './pushes.ts'
import { type ClientOptions, settle } from './options.ts'
import { pusherCalls } from './pushers.ts'
import { createCall } from './request.ts'
import { senderCalls, type SenderCalls, suppressionCalls, type SuppressionCalls } from './senders.ts'
import { templateCalls, type TemplateCalls } from './templates.ts'
import { userCalls, type UserCalls } from './users.ts'
import { createTransport } from './transport.ts'

/**
 * The HTTP API of one app. A failed call throws an ApiError when the server refused it, else a plain
 * CarillonError. Nothing is retried: after `unavailable` a push may still have been accepted.
 * To push it again is safe while it is unfinished, since the same push has the same name.
 */
export interface CarillonClient
  extends
    Omit<PushApi, keyof PushCalls>,
    AddressApi,
    PushCalls,
    HistoryCalls,
    ExplainCalls,
    SenderCalls,
    BroadcastCalls,
    SuppressionCalls,
    AudienceCalls,
    TemplateCalls,
    UserCalls {
  /** Cuts the kept connections, and with them the calls under way; a later call connects again. */
  close(): void
}

/**
 * A client of a Carillon server.
 * @throws TypeError naming the option that cannot be used.
 */
export function createClient(options: ClientOptions): CarillonClient {
  const settings = settle(options)
  const transport = createTransport(settings)
  const call = createCall(settings, transport)
  return {
    ...pusherCalls(call),
    ...addressCalls(call),
    ...pushCalls(call),
    ...broadcastCalls(call),
    ...historyCalls(call),
    ...explainCalls(call),
    ...senderCalls(call),
    ...suppressionCalls(call),
    ...audienceCalls(call),
    ...templateCalls(call),
    ...userCalls(call, settings),
    close: transport.close,
  }
}
