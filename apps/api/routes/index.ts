import type { Handler } from 'hono'
import type { Endpoint } from '../endpoint.ts'
import type { ApiEnv, ApiParts } from '../parts.ts'
import { addSender } from './add-sender.ts'
import { addSuppression } from './add-suppression.ts'
import { addTag } from './add-tag.ts'
import { cancelBroadcast } from './cancel-broadcast.ts'
import { cancelPush } from './cancel-push.ts'
import { changeApp } from './change-app.ts'
import { createApp } from './create-app.ts'
import { createPusher } from './create-pusher.ts'
import { getBroadcast } from './get-broadcast.ts'
import { getPush } from './get-push.ts'
import { getPusher } from './get-pusher.ts'
import { health } from './health.ts'
import { liftSuppression } from './lift-suppression.ts'
import { listApps } from './list-apps.ts'
import { listBroadcasts } from './list-broadcasts.ts'
import { listPushers } from './list-pushers.ts'
import { listPushes } from './list-pushes.ts'
import { listRecipients } from './list-recipients.ts'
import { listSenders } from './list-senders.ts'
import { listSuppressions } from './list-suppressions.ts'
import { pauseBroadcast } from './pause-broadcast.ts'
import { pauseSender } from './pause-sender.ts'
import { pushAll } from './push-all.ts'
import { pushMany } from './push-many.ts'
import { push } from './push.ts'
import { ready } from './ready.ts'
import { removePusher } from './remove-pusher.ts'
import { removeSender } from './remove-sender.ts'
import { removeTag } from './remove-tag.ts'
import { replayDead } from './replay-dead.ts'
import { replayPush } from './replay-push.ts'
import { resumeBroadcast } from './resume-broadcast.ts'
import { resumeSender } from './resume-sender.ts'
import { searchPushers } from './search-pushers.ts'
import { sendgridWebhook } from './sendgrid-webhook.ts'
import { twilioWebhook } from './twilio-webhook.ts'
import { updatePusher } from './update-pusher.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
export type Route = readonly [method: Method, path: string, endpoint: Endpoint]

/**
 * Every route, in sections; each path is served with and without its trailing slash. The first
 * match wins: `/pusher/pushers/push` is the pusher "push", since no sender is named "pushers".
 */
export const sections: readonly { title: string; routes: readonly Route[] }[] = [
  {
    title: 'Pushers',
    routes: [
      ['POST', '/pusher/pushers/', createPusher],
      ['GET', '/pusher/pushers/', listPushers],
      ['GET', '/pusher/pushers/{id}/', getPusher],
      ['POST', '/pusher/pushers/{id}/', updatePusher],
      ['DELETE', '/pusher/pushers/{id}/', removePusher],
      ['POST', '/pusher/pushers/{id}/{tag}/', addTag],
      ['DELETE', '/pusher/pushers/{id}/{tag}/', removeTag],
      ['GET', '/pusher/search/', searchPushers],
    ],
  },
  {
    title: 'Pushes',
    routes: [
      ['POST', '/pusher/{sender}/add', addSender],
      ['POST', '/pusher/{sender}/delete', removeSender],
      ['POST', '/pusher/{sender}/remove', removeSender],
      ['POST', '/pusher/{sender}/push', push],
      ['POST', '/pusher/{sender}/pushall', pushAll],
      ['POST', '/pusher/{sender}/cancelpush', cancelPush],
      ['POST', '/v1/push', pushMany],
    ],
  },
  {
    title: 'History',
    routes: [
      ['GET', '/v1/pushes', listPushes],
      ['GET', '/v1/pushes/{id}', getPush],
      ['POST', '/v1/pushes/{id}/replay', replayPush],
      ['POST', '/v1/dead/replay', replayDead],
    ],
  },
  {
    title: 'Broadcasts',
    routes: [
      ['GET', '/v1/broadcasts', listBroadcasts],
      ['GET', '/v1/broadcasts/{name}', getBroadcast],
      ['GET', '/v1/broadcasts/{name}/recipients', listRecipients],
      ['POST', '/v1/broadcasts/{name}/pause', pauseBroadcast],
      ['POST', '/v1/broadcasts/{name}/resume', resumeBroadcast],
      ['POST', '/v1/broadcasts/{name}/cancel', cancelBroadcast],
    ],
  },
  {
    title: 'Suppressions',
    routes: [
      ['GET', '/v1/suppressions', listSuppressions],
      ['POST', '/v1/suppressions', addSuppression],
      ['DELETE', '/v1/suppressions/{id}', liftSuppression],
    ],
  },
  {
    title: 'Senders',
    routes: [
      ['GET', '/v1/senders', listSenders],
      ['POST', '/v1/senders/{name}/pause', pauseSender],
      ['POST', '/v1/senders/{name}/resume', resumeSender],
    ],
  },
  {
    title: 'Apps',
    routes: [
      ['GET', '/v1/apps', listApps],
      ['POST', '/v1/apps', createApp],
      ['PATCH', '/v1/apps/{id}', changeApp],
    ],
  },
  {
    title: 'Health',
    routes: [
      ['GET', '/healthz', health],
      ['GET', '/readyz', ready],
    ],
  },
]

/** Where providers tell what became of messages; each checks its provider's own signature. */
export const providerWebhooks: readonly (readonly [path: string, webhook: (parts: ApiParts) => Handler<ApiEnv>])[] = [
  ['/providers/sendgrid', sendgridWebhook],
  ['/providers/twilio', twilioWebhook],
]
