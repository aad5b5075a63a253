import { memoryCluster, redisCluster } from '@carillon/backplane'
import type { Cluster, Logger } from '@carillon/contract'
import { createHub, type Hub } from '@carillon/hub'

export interface LiveOptions {
  /** Joins the processes that hold connections; absent: this one alone. */
  redisUrl: string | undefined
  prefix: string
  log: Logger
}

/** The hub of this process, opened when it is first asked for. */
export function liveHub({ redisUrl: url, prefix, log }: LiveOptions): { hub(): Promise<Hub>; close(): Promise<void> } {
  let opened: Promise<{ cluster: Cluster; hub: Hub }> | undefined
  const open = async () => {
    const cluster = url ? await redisCluster({ url, prefix, log }) : memoryCluster()
    return { cluster, hub: createHub({ cluster, log }) }
  }
  return {
    hub: async () => (await (opened ??= open())).hub,
    close: async () => (await opened)?.cluster.close(),
  }
}
