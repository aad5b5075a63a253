import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface Account {
  account: string
  password: string
}

/** A viewer can read everything that an administrator can, except the content of messages, and change nothing. */
export const roles = ['admin', 'viewer'] as const
export type Role = (typeof roles)[number]

/** The accounts that may sign in. A role without an account is nobody's. */
export type Accounts = Readonly<Partial<Record<Role, Account | undefined>>>

/** Who looks at a page. */
export interface Visitor {
  account: string
  role: Role
  /** What a form of this visitor must carry. */
  formToken: string
  /** False where nobody signs in. */
  hasSession: boolean
}

/** The role of an account and its password. Takes the same time whatever is wrong. */
export function roleOf(accounts: Accounts, given: Account): Role | undefined {
  const fitting = roles.filter((role) => sameAccount(accounts[role], given))
  return fitting[0]
}

/** Where there is no account, what is compared with cannot be given. */
function sameAccount(known: Account | undefined, given: Account): boolean {
  return sameText(textOf(known), textOf(given)) && known !== undefined
}

function textOf(account: Account | undefined): string {
  return JSON.stringify(account && [account.account, account.password]) ?? ''
}

/** Whether two texts are equal, in a time that does not depend on where they differ. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/**
 * What is stored of a session. It can be computed only with the session's token, which the server does not keep, and with
 * the present password: so a database that leaks opens no session, and a new password ends all sessions of its account.
 */
export function sessionHash(token: string, role: Role, account: Account): string {
  return hmac(token, JSON.stringify(['session', role, account.account, account.password]))
}

/** What a form must carry: a page of another origin can make a browser send the token, but cannot read it. */
export function formTokenOf(token: string): string {
  return hmac(token, 'form')
}

function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
