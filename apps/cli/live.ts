import { memoryCluster, redisCluster } from '@carillon/backplane'
import type { Cluster, Logger } from '@carillon/contract'
import { createHub, type Hub } from '@carillon/hub'

export interface LiveOptions {
  /** Joins the processes that hold connections; absent: this one alone. */
  redisUrl: string | undefined
  prefix: string
  log: Logger
  onRedisError(error: Error): void
}

/** The hub of this process, opened when it is first asked for. */
export function liveHub(options: LiveOptions): { hub(): Promise<Hub>; close(): Promise<void> } {
  const { redisUrl: url, prefix, log, onRedisError: onError } = options
  let opened: Promise<{ cluster: Cluster; hub: Hub }> | undefined
  const open = async () => {
    const cluster = url ? await redisCluster({ url, prefix, onError }) : memoryCluster()
    return { cluster, hub: createHub({ cluster, log }) }
  }
  return {
    hub: async () => (await (opened ??= open())).hub,
    close: async () => (await opened)?.cluster.close(),
  }
}
