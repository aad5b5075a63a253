import { createHash, timingSafeEqual } from 'node:crypto'
import type { App, AppWithAccount, GopusherApps } from '@carillon/contract'
import { Refusal } from '@carillon/http'
import { LONGEST_PASSWORD } from '../limits.ts'
import type { Passwords } from './passwords.ts'

export interface Admin {
  account: string
  password: string
}

export interface GatekeeperDeps {
  apps: GopusherApps
  admin: Admin | undefined
  passwords: Passwords
}

interface BasicCredentials {
  account: string
  password: string
}

/** Decides who may make which call: the super admin may make all, an app's own account its own app. */
export class Gatekeeper {
  readonly #deps: GatekeeperDeps

  constructor(deps: GatekeeperDeps) {
    this.#deps = deps
  }

  /** @throws Refusal 401 for anyone but the super admin */
  admitAdmin(authorization: string | null): void {
    const credentials = readCredentials(authorization)
    if (!credentials || !this.#isAdmin(credentials)) throw unauthorized()
  }

  /**
   * The app of a key. Whether the caller may know is checked before whether there is one.
   * @throws Refusal 401, 404
   */
  async admit(authorization: string | null, key: string): Promise<AppWithAccount> {
    const credentials = readCredentials(authorization)
    if (!credentials) throw unauthorized()
    const found = await this.#deps.apps.byKey(key)
    if (!this.#isAdmin(credentials) && !(await this.#isOwn(credentials, found))) throw unauthorized()
    return existing(found)
  }

  #isAdmin({ account, password }: BasicCredentials): boolean {
    const { admin } = this.#deps
    return admin !== undefined && sameText(`${account}:${password}`, `${admin.account}:${admin.password}`)
  }

  async #isOwn({ account, password }: BasicCredentials, found: AppWithAccount | null): Promise<boolean> {
    if (!found?.account || !sameText(account, found.account.name)) return false
    if (Buffer.byteLength(password) > LONGEST_PASSWORD) return false
    return this.#deps.passwords.isRight(password, found.account.passwordHash)
  }
}

/** @throws Refusal 404, also for an app that is disabled */
export function existing<Found extends { app: App }>(found: Found | null): Found {
  if (!found?.app.enabled) throw new Refusal(404, 'app_key does not exist')
  return found
}

function unauthorized(): Refusal {
  return new Refusal(401, 'The account or the password is wrong, or may not make this call.')
}

/** Those of HTTP Basic authentication (RFC 7617); undefined where there are none. */
export function readCredentials(authorization: string | null): BasicCredentials | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const given = Buffer.from(encoded, 'base64').toString()
  const colon = given.indexOf(':')
  return colon < 0 ? undefined : { account: given.slice(0, colon), password: given.slice(colon + 1) }
}

/** Compares texts of any length in one time, whatever they hold. */
function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
