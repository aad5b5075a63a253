import { bindPort, type BoundPort, listenOn } from '@carillon/http'
import type { Config } from '@carillon/config'
import type { EmbeddedBoot } from '@carillon/store/boot'
import { openTracing } from '@carillon/telemetry'
import type { AnySender } from '../senders/set-up.ts'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Logger } from 'pino'
import { connect, type ServiceOptions, type Services } from '../services.ts'

/** For a role that runs: its traces and what measures the process. */
export async function openRole(
  config: Config,
  log: Logger,
  senders: readonly AnySender[],
  role: string,
  embedded?: EmbeddedBoot,
): Promise<Services> {
  const { otelExporterOtlpEndpoint: endpoint } = config
  const notice = await askRedis(config) // before a database that takes its time
  const tracing = endpoint ? await openTracing({ endpoint, service: `carillon-${role}`, log }) : undefined
  const services = await openServices(config, log, senders, {
    processMetrics: true,
    embedded,
    ...(tracing && { tracer: tracing.tracer }),
  })
  if (notice !== undefined) log.warn(notice)
  return {
    ...services,
    async close() {
      await services.close()
      await tracing?.close()
    },
  }
}

/** Binds the port first, so that a port that is in use is reported before a database boots. */
export async function openWithPort<T>(
  config: Config,
  open: () => Promise<Services>,
  run: (services: Services, bound: BoundPort) => Promise<T>,
): Promise<T> {
  const bound = await bindPort(config)
  return orClose(bound, async () => {
    const services = await open()
    return orClose(services, () => run(services, bound))
  })
}

/** As `openWithPort`, with the port of Snapper's producers too. */
export async function openWithPorts<T>(
  config: Config,
  open: () => Promise<Services>,
  run: (services: Services, bound: BoundPort, producers: ProducerPort) => Promise<T>,
): Promise<T> {
  const bound = await bindPort(config)
  return orClose(bound, async () => {
    const producers = await bindProducerPort(config)
    return orClose(producers, async () => {
      const services = await open()
      return orClose(services, () => run(services, bound, producers))
    })
  })
}

export function openServices(
  config: Config,
  log: Logger,
  senders: readonly AnySender[],
  others: Pick<ServiceOptions, 'tracer' | 'processMetrics' | 'embedded'> = {},
): Promise<Services> {
  const {
    databaseUrl,
    databasePool,
    redisUrl,
    dataDir,
    queuePrefix,
    pushTtl,
    allowPrivateHooks,
    phoneCountry,
    publicUrl,
  } = config
  return connect({
    databaseUrl,
    databasePool,
    redisUrl,
    redisTls: redisTlsOf(config),
    dataDir,
    queuePrefix,
    pushTtl,
    allowPrivateHooks,
    phoneCountry,
    publicUrl,
    senders,
    log,
    ...others,
  })
}

/** @returns what should be put right about it, if anything. */
async function askRedis(config: Config): Promise<string | undefined> {
  const { redisUrl: url, queuePrefix: prefix } = config
  if (!url) return undefined
  const { checkRedis } = await import('@carillon/redis') // not loaded without
  return checkRedis({ url, tls: redisTlsOf(config), prefix })
}

function redisTlsOf({ redisTlsCa: ca, redisTlsRejectUnauthorized: rejectUnauthorized }: Config) {
  return { ca, rejectUnauthorized }
}

/** A role that does not come up leaves nothing open. */
export async function orClose<T>(opened: { close(): Promise<void> }, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** The TCP port of Snapper's producers. */
export interface ProducerPort {
  port: number
  /** Until then connections are refused: producers reconnect by themselves. */
  open(accept: (socket: Socket) => void): void
  /** Accepts no more connections, and resolves once all have closed. */
  close(): Promise<void>
}

/** @throws CarillonError `unavailable` when the port cannot be listened on. */
export async function bindProducerPort({
  host,
  snapperPort,
}: Pick<Config, 'host' | 'snapperPort'>): Promise<ProducerPort> {
  let accept = (socket: Socket): void => void socket.destroy()
  const server = createServer((socket) => accept(socket))
  await listenOn(server, { host, port: snapperPort, setting: 'SNAPPER_PORT' })
  return {
    port: (server.address() as AddressInfo).port,
    open: (taken) => void (accept = taken),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
