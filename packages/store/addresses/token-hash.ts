import { hash } from 'node:crypto'
import type { AddressKind } from '@carillon/contract'

/** The app is part of what is hashed, so that equal hashes show nothing about other apps. */
export function tokenHash(app: number, kind: AddressKind, token: string): string {
  return hash('sha256', JSON.stringify([app, kind, identityOf(kind, token)]))
}

/** A browser's subscription is known by its endpoint: its keys may change. */
function identityOf(kind: AddressKind, token: string): string {
  return kind === 'webpush' ? (JSON.parse(token) as { endpoint: string }).endpoint : token
}
