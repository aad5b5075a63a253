import type { Compose } from '../roles.ts'
import { openRole, openWithPort } from './open-role.ts'
import { loadSenders, sayWhatIsChecked } from './senders.ts'
import { apiOf, serveBoth } from './serve-http.ts'

export const runApi: Compose['runApi'] = async (config, log) => {
  const { senders, plugins } = await loadSenders(config, config.senders)
  const open = () => openRole(config, log, senders, 'api')
  return openWithPort(config, open, async (services, door) => {
    await sayWhatIsChecked(services, log, senders)
    const server = serveBoth(config, door, await apiOf(config, services))
    return {
      ...server,
      plugins,
      async stop() {
        await server.stop()
        await services.close()
      },
    }
  })
}
