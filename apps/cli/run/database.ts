import { CarillonError } from '@carillon/contract'
import type { Apps, Compose } from '../roles.ts'
import { openServices } from './open-role.ts'

export const runMigrate: Compose['runMigrate'] = async (config, log) => {
  const services = await openServices({ ...config, redisUrl: undefined }, log, [])
  await services.close()
}

export const openApps: Compose['openApps'] = async (config, log): Promise<Apps> => {
  const { store, close } = await openServices({ ...config, redisUrl: undefined }, log, [])
  return {
    create: (name) => store.apps.create({ name }),
    list: () => store.apps.list(),
    addSecret: async (app) => (await store.apps.change(app, { addSecret: '' })).secrets.at(-1)!,
    retireSecret: async (app, secret) => void (await store.apps.change(app, { retireSecret: secret })),
    async publicKeys(id) {
      const app = await store.apps.byId(id)
      if (!app) throw new CarillonError('app_not_found', `There is no app ${id}.`)
      return app.settings.publicKeys ?? []
    },
    setPublicKeys: async (app, publicKeys) => void (await store.apps.change(app, { settings: { publicKeys } })),
    close,
  }
}
