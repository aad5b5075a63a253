import type { App, AppWithAccount, GopusherApps } from '@carillon/contract'
import { LONGEST_PASSWORD } from '../limits.ts'
import type { Admin } from '../parts.ts'
import { Refusal } from '@carillon/request'
import { type Credentials, readCredentials, sameText } from './credentials.ts'
import type { Passwords } from './passwords.ts'

export interface GatekeeperParts {
  apps: GopusherApps
  admin: Admin | undefined
  passwords: Passwords
}

/** Tells who may call what: the super admin all, an app's own account its own app. */
export class Gatekeeper {
  readonly #parts: GatekeeperParts

  constructor(parts: GatekeeperParts) {
    this.#parts = parts
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
    const found = await this.#parts.apps.byKey(key)
    if (!this.#isAdmin(credentials) && !(await this.#isOwn(credentials, found))) throw unauthorized()
    return existing(found)
  }

  #isAdmin({ account, password }: Credentials): boolean {
    const { admin } = this.#parts
    return admin !== undefined && sameText(`${account}:${password}`, `${admin.account}:${admin.password}`)
  }

  async #isOwn({ account, password }: Credentials, found: AppWithAccount | null): Promise<boolean> {
    if (!found?.account || !sameText(account, found.account.name)) return false
    if (Buffer.byteLength(password) > LONGEST_PASSWORD) return false
    return this.#parts.passwords.isRight(password, found.account.passwordHash)
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
