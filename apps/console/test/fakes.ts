import { describeError, ownPagesOnly } from '@carillon/api'
import { memoryCluster } from '@carillon/backplane'
import { createConsole, type ConsoleDeps } from '@carillon/console'
import type { AuditRecord, PushCommand, Pusher } from '@carillon/contract'
import { createHub, type Hub } from '@carillon/hub'
import { liveChannels } from '@carillon/protocol-channels'
import { fakeParts } from '../../api/test/fakes.ts'

export const ADMIN = { account: 'ops', password: 'correct horse' }
export const VIEWER = { account: 'guest', password: 'battery staple' }

export interface Fakes extends ConsoleDeps {
  /** What was called of the repositories and the core. */
  calls: unknown[][]
  logged: { fields: object; message: string | undefined }[]
  audited: AuditRecord[]
  stored: Map<string, Pusher>
  pushed: PushCommand[]
  /** The live connections. */
  hub: Hub
  /** Hashes of the sessions that have begun. */
  sessions: Set<string>
}

/** A console that needs a login, unless `given` says otherwise. */
export function fakeDeps(given: Partial<ConsoleDeps> = {}): Fakes {
  const parts = fakeParts()
  const sessions = new Set<string>()
  const hub = createHub({ cluster: memoryCluster(), log: parts.log })
  return {
    ...parts,
    sessions,
    hub,
    senders: { ...parts.senders, ofWorkers: async () => ['sendsms', 'sendmail'] },
    live: async () => liveChannels(hub),
    history: fakeHistory(parts),
    templates: { ...parts.templates, places: async (app) => parts.templates.list(app) },
    counts: { perMinute: async () => [] },
    logins: fakeLogins(sessions),
    accounts: { admin: ADMIN, viewer: VIEWER },
    presenceOf: async () => ({ connections: 0, channels: [] }),
    pushTtl: 604_800,
    firstApp: 1,
    open: undefined,
    stopping: new AbortController().signal,
    describeError(error, route) {
      const { status, answer } = describeError(parts.log, error, route)
      return { status, sentence: answer.err }
    },
    ...given,
  }
}

export const openDeps = (given: Partial<ConsoleDeps> = {}) => fakeDeps({ open: ownPagesOnly, accounts: {}, ...given })

function fakeHistory({ history, calls }: ReturnType<typeof fakeParts>): ConsoleDeps['history'] {
  return {
    ...history,
    message: async (...call) => {
      calls.push(['message', ...call])
      return '{"subject": "Secret subject", "data": {"n": 12}}'
    },
    deadGroups: async () => ({
      groups: [{ sender: 'sendmail', reason: '550 no', count: 3, newest: '1', newestAt: 1.5 }],
      counted: 3,
      isAll: true,
    }),
  }
}

function fakeLogins(sessions: Set<string>): ConsoleDeps['logins'] {
  const attempts = new Map<string, number>()
  const count = (address: string, more: number) => {
    attempts.set(address, (attempts.get(address) ?? 0) + more)
    return attempts.get(address)!
  }
  return {
    attempt: async (address, most) => count(address, 1) <= most,
    forgive: async (address) => void count(address, -1),
    start: async (hash) => void sessions.add(hash),
    find: async (hashes) => hashes.find((hash) => sessions.has(hash)) ?? null,
    end: async (hashes) => hashes.forEach((hash) => sessions.delete(hash)),
  }
}

/** A browser with one cookie. */
export class Visit {
  readonly deps: Fakes
  cookie = ''
  private readonly console: ReturnType<typeof createConsole>

  constructor(deps: Fakes) {
    this.deps = deps
    this.console = createConsole(deps)
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.keep(await this.console.request(path, { headers: { ...this.headers(), ...headers } }))
  }

  async head(path: string): Promise<Response> {
    return this.console.request(path, { method: 'HEAD', headers: this.headers() })
  }

  async text(path: string): Promise<string> {
    const response = await this.get(path)
    return response.text()
  }

  async post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const body = new URLSearchParams(fields)
    return this.keep(
      await this.console.request(path, { method: 'POST', headers: { ...this.headers(), ...headers }, body }),
    )
  }

  login({ account, password } = ADMIN): Promise<Response> {
    return this.post('/console/login', { account, password })
  }

  /** Submits the form that a page has for this path. */
  async submit(page: string, path: string, fields: Record<string, string> = {}): Promise<Response> {
    const text = await this.text(page)
    const action = path.replaceAll('&', '&amp;')
    const [, form = ''] = text.split(`method="post" action="${action}"`)
    const hidden = [...form.split('</form>')[0]!.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)]
    return this.post(path, { ...Object.fromEntries(hidden.map(([, name, value]) => [name!, value!])), ...fields })
  }

  private headers(): Record<string, string> {
    return { host: 'localhost:6001', ...(this.cookie && { cookie: this.cookie }) }
  }

  private keep(response: Response): Response {
    const sent = response.headers.get('set-cookie')
    if (sent !== null) this.cookie = sent.split(';', 1)[0]!
    return response
  }
}
