import { createHash, randomUUID } from 'node:crypto'
import { type App, type Archive, type Callback, errorCode } from '@carillon/contract'
import { SignJWT } from 'jose'
import { archiveJson } from '../archives/archive-json.ts'
import { Gather } from '../gather.ts'
import type { SessionOptions } from '../parts.ts'
import type { SessionEvent } from '../room/room.ts'
import { type Happening, happeningOf } from './session-event.ts'

type ReporterOptions = Pick<SessionOptions, 'apps' | 'sessionCallbacks' | 'callbacks' | 'publicUrl' | 'log'>

/** Seconds for which a callback is tried again. */
const WITHIN_S = 3600

/** Tells apps' servers what they asked to hear of. */
export class Reporter {
  readonly #options: ReporterOptions
  readonly #happenings: Gather<Happening>

  constructor(options: ReporterOptions) {
    this.#options = options
    this.#happenings = new Gather({
      take: (some) => this.#post(some),
      failed: (error, lost) =>
        options.log.error({ code: errorCode(error), lost }, 'callbacks of sessions could not be stored'),
    })
  }

  happened(event: SessionEvent): void {
    const happening = happeningOf(event)
    if (happening) this.#happenings.add(happening)
  }

  /** An archive's status changed. */
  archive(archive: Archive): void {
    const body = (app: App) => ({ event: 'archive', ...archiveJson(app, archive, this.#options.publicUrl) })
    this.#happenings.add({ app: archive.app, group: 'archive', event: 'status', body })
  }

  stop(): Promise<void> {
    return this.#happenings.stop()
  }

  async #post(happenings: readonly Happening[]): Promise<void> {
    const byApp = Map.groupBy(happenings, ({ app }) => app)
    const wanted = await Promise.all([...byApp].map(([app, some]) => this.#callbacksOf(app, some)))
    if (wanted.flat().length > 0) await this.#options.callbacks.post(wanted.flat())
  }

  async #callbacksOf(id: number, happenings: readonly Happening[]): Promise<Callback[]> {
    const asked = await this.#options.sessionCallbacks.list(id)
    const app = asked.length > 0 ? await this.#options.apps.byId(id) : null
    if (!app?.enabled) return []
    const callbacks = happenings.flatMap(({ group, event, body }) => {
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

/** Tells the receiver that the body is from here: its SHA-256, signed with the app's oldest secret. */
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
