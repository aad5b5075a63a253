import type { PushApi, Pusher, PusherList } from '@carillon/contract'
import { nullIf } from './errors.ts'
import { type ApiCall, path, senderPath } from './request.ts'

type PusherCalls = Omit<PushApi, 'push' | 'pushAll' | 'pushTemplate' | 'pushAllTemplate' | 'cancelPush'>

/** The calls about recipients. */
export function pusherCalls(call: ApiCall): PusherCalls {
  return {
    async getPusher(id) {
      return call<{ pusher: Pusher }>('GET', path`/pusher/pushers/${id}/`).then(
        ({ pusher }) => pusher,
        nullIf('pusher_not_found'),
      )
    },
    async getPushers(options) {
      return call<PusherList>('GET', '/pusher/pushers/', { query: { ...options } })
    },
    async searchPusher(q, options) {
      return call<PusherList>('GET', '/pusher/search/', { query: { q, ...options } })
    },
    async addPusher(pusher, fields) {
      await call('POST', '/pusher/pushers/', { form: { ...fields, pusher } })
    },
    async updatePusher(id, fields) {
      await call('POST', path`/pusher/pushers/${id}/`, { form: fields })
    },
    async removePusher(id) {
      await call('DELETE', path`/pusher/pushers/${id}/`)
    },
    async addTag(id, tag) {
      await call('POST', path`/pusher/pushers/${id}/${tag}/`)
    },
    async removeTag(id, tag) {
      await call('DELETE', path`/pusher/pushers/${id}/${tag}/`)
    },
    async addSender(sender, pusher) {
      await call('POST', senderPath(sender, 'add'), { form: { pusher } })
    },
    async removeSender(sender, pusher) {
      await call('POST', senderPath(sender, 'delete'), { form: { pusher } })
    },
  }
}
