import type { Handler } from 'hono'
import type { Endpoint } from '../endpoint.ts'
import type { ApiDeps } from '../deps.ts'
import type { ApiEnv } from '../receive.ts'
import { sendgridWebhook } from '../providers/sendgrid.ts'
import { twilioWebhook } from '../providers/twilio.ts'
import { getAddresses, registerAddress, removeAddress } from './addresses.ts'
import { changeApp, createApp, listApps } from './apps.ts'
import { listAudit } from './audit.ts'
import {
  cancelBroadcast,
  getBroadcast,
  listBroadcasts,
  listRecipients,
  pauseBroadcast,
  pushAll,
  resumeBroadcast,
} from './broadcasts.ts'
import { getCategory, listCategories, putCategory, removeCategory } from './categories.ts'
import { explain } from './explain.ts'
import { health, ready } from './health.ts'
import { getPush, listPushes, replayDead, replayPush } from './history.ts'
import { getOwnPreferences, getPreferences, setOwnPreferences, setPreferences } from './preferences.ts'
import {
  addSender,
  addTag,
  createPusher,
  getPusher,
  listPushers,
  removePusher,
  removeSender,
  removeTag,
  searchPushers,
  updatePusher,
} from './pushers.ts'
import { cancelPush, push, pushMany } from './pushes.ts'
import { listSenders, pauseSender, resumeSender } from './senders.ts'
import { addSuppression, liftSuppression, listSuppressions } from './suppressions.ts'
import {
  getTemplate,
  listTemplates,
  listTemplateVersions,
  previewTemplate,
  putTemplate,
  removeTemplate,
  rollbackTemplate,
  testTemplate,
} from './templates.ts'
import { makeUnsubscribeLink } from './unsubscribe-link.ts'
import { getOwnAddresses, getPushKey, makeUserToken, registerOwnAddress, removeOwnAddress } from './users.ts'

export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type ApiRoute = readonly [method: ApiMethod, path: string, endpoint: Endpoint]

/**
 * Every route, in sections; each path is served with and without its trailing slash. The first
 * match wins: `/pusher/pushers/push` is the pusher "push", since no sender is named "pushers".
 */
export const sections: readonly { title: string; routes: readonly ApiRoute[] }[] = [
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
    title: 'Addresses',
    routes: [
      ['PUT', '/v1/pushers/{id}/addresses', registerAddress],
      ['GET', '/v1/pushers/{id}/addresses', getAddresses],
      ['DELETE', '/v1/pushers/{id}/addresses/{address}', removeAddress],
    ],
  },
  {
    title: 'Users',
    routes: [
      ['POST', '/v1/pushers/{id}/token', makeUserToken],
      ['PUT', '/v1/me/addresses', registerOwnAddress],
      ['GET', '/v1/me/addresses', getOwnAddresses],
      ['DELETE', '/v1/me/addresses/{address}', removeOwnAddress],
      ['GET', '/v1/me/push-key', getPushKey],
      ['GET', '/v1/me/preferences', getOwnPreferences],
      ['PUT', '/v1/me/preferences', setOwnPreferences],
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
    title: 'Categories and preferences',
    routes: [
      ['GET', '/v1/categories', listCategories],
      ['PUT', '/v1/categories/{name}', putCategory],
      ['GET', '/v1/categories/{name}', getCategory],
      ['DELETE', '/v1/categories/{name}', removeCategory],
      ['GET', '/v1/pushers/{id}/preferences', getPreferences],
      ['PUT', '/v1/pushers/{id}/preferences', setPreferences],
      ['POST', '/v1/pushers/{id}/unsubscribe-link', makeUnsubscribeLink],
    ],
  },
  {
    title: 'Templates',
    routes: [
      ['GET', '/v1/templates', listTemplates],
      ['PUT', '/v1/templates/{name}', putTemplate],
      ['GET', '/v1/templates/{name}', getTemplate],
      ['DELETE', '/v1/templates/{name}', removeTemplate],
      ['GET', '/v1/templates/{name}/versions', listTemplateVersions],
      ['POST', '/v1/templates/{name}/rollback', rollbackTemplate],
      ['POST', '/v1/templates/{name}/preview', previewTemplate],
      ['POST', '/v1/templates/{name}/test', testTemplate],
    ],
  },
  {
    title: 'History',
    routes: [
      ['GET', '/v1/pushes', listPushes],
      ['GET', '/v1/pushes/{id}', getPush],
      ['POST', '/v1/pushes/{id}/replay', replayPush],
      ['POST', '/v1/dead/replay', replayDead],
      ['GET', '/v1/explain', explain],
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
    title: 'Audit',
    routes: [['GET', '/v1/audit', listAudit]],
  },
  {
    title: 'Health',
    routes: [
      ['GET', '/healthz', health],
      ['GET', '/readyz', ready],
    ],
  },
]

/** Where providers report what became of messages; each webhook checks its provider's own signature. */
export const providerWebhooks: readonly (readonly [path: string, webhook: (deps: ApiDeps) => Handler<ApiEnv>])[] = [
  ['/providers/sendgrid', sendgridWebhook],
  ['/providers/twilio', twilioWebhook],
]
