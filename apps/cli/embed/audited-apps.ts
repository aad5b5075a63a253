import type { GopusherApps } from '@carillon/contract'
import { creationOf, withAudit } from '@carillon/core'
import type { Store } from '@carillon/store'

/** Apps that are registered and unregistered over GoPusher are in the audit as those of every other API. */
export function auditedApps({ gopusherApps, audit }: Pick<Store, 'gopusherApps' | 'audit'>): GopusherApps {
  return {
    ...gopusherApps,
    register: (app, by) => withAudit(audit, by, creationOf(app), () => gopusherApps.register(app, by)),
    unregister(app, by) {
      const action = { app, action: 'app.change', target: 'enabled' }
      return withAudit(audit, by, action, () => gopusherApps.unregister(app, by))
    },
  }
}
