import type { Cluster, Logger, OnFault } from '@carillon/contract'
import { createHub, type Hub } from '@carillon/hub'

/** The hub of this process, opened when it is first asked for. */
export function liveHub(
  openCluster: () => Promise<Cluster>,
  log: Logger,
  onFault: OnFault,
): { hub(): Promise<Hub>; close(): Promise<void> } {
  let opened: Promise<{ cluster: Cluster; hub: Hub }> | undefined
  const open = async () => {
    const cluster = await openCluster()
    return { cluster, hub: createHub({ cluster, log, onFault }) }
  }
  return {
    hub: async () => (await (opened ??= open())).hub,
    close: async () => (await opened)?.cluster.close(),
  }
}
