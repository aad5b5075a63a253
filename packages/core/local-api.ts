import {
  CarillonError,
  dataText,
  type ListOptions,
  type PushApi,
  type PushData,
  type PusherChange,
  type PusherStore,
} from '@carillon/contract'
import type { Core } from './core.ts'

const DEFAULT_LIST: ListOptions = { from: 0, size: 10 }

/** The HTTP API's calls without the HTTP, for one app: what senders get. */
export function localApi(core: Core, pushers: PusherStore, app: number, ttl: number): PushApi {
  const change = async (id: string, set: PusherChange) => {
    if (!(await pushers.set(app, id, set, false)))
      throw new CarillonError('pusher_not_found', `pusher ${id} not exists.`)
  }
  return {
    getPusher: async (id) => (await pushers.getMany(app, [id]))[0] ?? null,
    getPushers: (options) => pushers.list(app, { ...DEFAULT_LIST, ...options }),
    searchPusher: (query, options) => pushers.search(app, query, { ...DEFAULT_LIST, ...options }),
    addPusher: async (id, fields = {}) => void (await pushers.set(app, id, { fields }, true)),
    updatePusher: (id, fields) => change(id, { fields }),
    removePusher: (id) => core.removePusher(app, id),
    addTag: (id, tag) => change(id, { addTags: [tag] }),
    removeTag: (id, tag) => change(id, { removeTags: [tag] }),
    addSender: (sender, id) => change(id, { addSenders: [sender] }),
    removeSender: (sender, id) => change(id, { removeSenders: [sender] }),
    async push(sender, pusher, data, options = {}) {
      const { schedat = 0, force = false, priority = 'normal' } = options
      const command = { app, sender, pusher, data: textOf(data), schedat, force, priority, ttl: options.ttl ?? ttl }
      return (await core.push(command)).name
    },
    async pushAll(sender, data, { tag = '', schedat = 0 } = {}) {
      return (await core.pushAll({ app, sender, data: textOf(data), tag, schedat })).name
    },
    cancelPush: (sender, name) => core.cancel(app, sender, name),
  }
}

function textOf(data: PushData): string {
  const text = dataText(data)
  if (text === undefined) throw new CarillonError('invalid_field', 'data must be text, or a JSON object or list')
  return text
}
