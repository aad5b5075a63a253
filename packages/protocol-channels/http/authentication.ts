import { createHash } from 'node:crypto'
import type { App } from '@carillon/contract'
import { isSigned } from '../signature.ts'
import { unauthorized } from '@carillon/request'
import type { Target } from './target.ts'

/** A request's time may be this far off, either way. */
const WINDOW_S = 600
const VERSION = '1.0'

type Query = Target['query']

/**
 * Checks all but the body, so that nobody's body is read who is not known.
 * @throws Refusal 401 with the reason.
 */
export function checkSignature(app: App, method: string, { path, decodedPath, query }: Target): void {
  const [key, version, timestamp, signature] = [
    required(query, 'auth_key'),
    required(query, 'auth_version'),
    required(query, 'auth_timestamp'),
    required(query, 'auth_signature'),
  ]
  if (key !== app.key) throw unauthorized(`auth_key is not the key of app ${app.id}.`)
  if (version !== VERSION) throw unauthorized(`auth_version must be ${VERSION}.`)
  checkTime(timestamp)
  // Some SDKs sign the path as they send it, others as it was before they encoded it.
  const paths = new Set([path, decodedPath])
  if (paths.values().some((each) => isSigned(app, signedText(method, each, query), signature))) return
  const text = JSON.stringify(signedText(method, path, query))
  throw unauthorized(`auth_signature is not the hex HMAC-SHA256 of ${text} by a secret of this app.`)
}

/** @throws Refusal 401 when the body is not the one that was signed. */
export function checkBody(query: Query, body: Uint8Array): void {
  const given = query.get('body_md5')
  if (given === undefined && body.length === 0) return
  if (given === undefined) throw unauthorized('The query must have body_md5, the hex MD5 of the body.')
  if (given !== createHash('md5').update(body).digest('hex')) {
    throw unauthorized('body_md5 is not the hex MD5 of the body as it arrived.')
  }
}

function required(query: Query, name: string): string {
  const value = query.get(name)
  if (value === undefined) throw unauthorized(`The query must have ${name}.`)
  return value
}

function checkTime(timestamp: string): void {
  const now = Math.floor(Date.now() / 1000)
  if (/^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) - now) <= WINDOW_S) return
  throw unauthorized(`auth_timestamp must be within ${WINDOW_S} s of this server's time, which is ${now}.`)
}

function signedText(method: string, path: string, query: Query): string {
  const signed = [...query].filter(([name]) => name !== 'auth_signature').toSorted(byName)
  return `${method}\n${path}\n${signed.map(([name, value]) => `${name}=${value}`).join('&')}`
}

/** By code unit, as everyone's sort does; a locale's order differs. */
function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1
}
