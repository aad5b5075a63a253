import { createHash, randomUUID } from 'node:crypto'
import {
  type App,
  type AppDirectory,
  type Archive,
  type Callback,
  type Callbacks,
  errorCode,
  type Logger,
  type SessionCallbackGroup,
  type SessionCallbacks,
} from '@carillon/contract'
import type { SessionConnection, SessionStream } from '@carillon/contract/session-messages'
import { SignJWT } from 'jose'
import { archiveJson } from './archives/archive-json.ts'
import { BatchQueue } from './batch-queue.ts'
import type { SessionEvent } from './room/session-events.ts'

interface ReporterDeps {
  apps: AppDirectory
  sessionCallbacks: SessionCallbacks
  callbacks: Callbacks
  /** Absent: callbacks carry no address of an archive. */
  publicUrl?: string | undefined
  log: Logger
}

/** An event, as it is posted to the app's servers that asked for it. */
interface Report {
  app: number
  group: SessionCallbackGroup
  event: string
  body(app: App): object
}

/** Seconds for which a callback is tried again. */
const WITHIN_S = 3600

/** Posts session and archive events to the callback URLs that apps registered. */
export class Reporter {
  readonly #deps: ReporterDeps
  readonly #reports: BatchQueue<Report>

  constructor(deps: ReporterDeps) {
    this.#deps = deps
    this.#reports = new BatchQueue({
      handle: (some) => this.#post(some),
      failed: (error, lost) =>
        deps.log.error({ code: errorCode(error), lost }, 'callbacks of sessions could not be stored'),
    })
  }

  happened(event: SessionEvent): void {
    const report = reportOf(event)
    if (report) this.#reports.add(report)
  }

  /** An archive's status changed. */
  archive(archive: Archive): void {
    const body = (app: App) => ({ event: 'archive', ...archiveJson(app, archive, this.#deps.publicUrl) })
    this.#reports.add({ app: archive.app, group: 'archive', event: 'status', body })
  }

  stop(): Promise<void> {
    return this.#reports.stop()
  }

  async #post(reports: readonly Report[]): Promise<void> {
    const byApp = Map.groupBy(reports, ({ app }) => app)
    const wanted = await Promise.all([...byApp].map(([app, some]) => this.#callbacksOf(app, some)))
    if (wanted.flat().length > 0) await this.#deps.callbacks.post(wanted.flat())
  }

  async #callbacksOf(id: number, reports: readonly Report[]): Promise<Callback[]> {
    const asked = await this.#deps.sessionCallbacks.list(id)
    const app = asked.length > 0 ? await this.#deps.apps.byId(id) : null
    if (!app?.enabled) return []
    const callbacks = reports.flatMap(({ group, event, body }) => {
      const urls = new Set(asked.filter((one) => one.group === group && one.event === event).map(({ url }) => url))
      return [...urls].map((url) => callback(app, url, JSON.stringify(body(app))))
    })
    return Promise.all(callbacks)
  }
}

async function callback(app: App, url: string, body: string): Promise<Callback> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${await signed(app, body)}` }
  return { app: app.id, url, headers, body, within: WITHIN_S }
}

/** Proves to the receiver that the body is from here: its SHA-256, signed with the app's oldest secret. */
function signed({ key, secrets }: App, body: string): Promise<string> {
  const { secret } = secrets.toSorted((a, b) => a.id - b.id)[0]!
  const claims = {
    api_key: key,
    payload_hash: createHash('sha256').update(body).digest('hex'),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('carillon')
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(Buffer.from(secret))
}

/** @returns undefined for events that callbacks cannot be registered for */
function reportOf(event: SessionEvent): Report | undefined {
  switch (event.type) {
    case 'connectionCreated':
      return sessionReport(event, 'connection', 'created', { connection: connectionJson(event.connection) })
    case 'connectionDestroyed':
      return sessionReport(event, 'connection', 'destroyed', {
        reason: event.reason,
        connection: connectionJson(event.connection),
      })
    case 'streamCreated':
      return sessionReport(event, 'stream', 'created', { stream: streamJson(event) })
    case 'streamDestroyed':
      return sessionReport(event, 'stream', 'destroyed', { reason: event.reason, stream: streamJson(event) })
    case 'signal':
    case 'muteForced':
      return undefined
  }
}

function sessionReport(of: SessionEvent, group: SessionCallbackGroup, event: string, what: object): Report {
  const { app, session: sessionId, type, at: timestamp } = of
  return { app, group, event, body: ({ key }) => ({ sessionId, projectId: key, event: type, timestamp, ...what }) }
}

function connectionJson({ id, createdAt, data }: SessionConnection): object {
  return { id, createdAt, data }
}

function streamJson({ stream, connection }: { stream: SessionStream; connection: SessionConnection }): object {
  const { id, createdAt, name, videoType } = stream
  return { id, connection: connectionJson(connection), createdAt, name, videoType }
}
