import { hash } from 'node:crypto'
import { maskAddress, normalAddress } from '@carillon/contract'

/** What is kept of a suppressed address: a hash to know it again by, and what may be shown of it. */
export interface KeptAddress {
  hash: string
  shown: string
}

/** The app is part of what is hashed, so that no app learns which addresses it shares with another. */
export function keptAddress(app: number, address: string): KeptAddress {
  return { hash: hashOf(app, address), shown: maskAddress(address) }
}

export function hashOf(app: number, address: string): string {
  return hash('sha256', JSON.stringify([app, normalAddress(address)]))
}
