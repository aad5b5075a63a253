import { hash } from 'node:crypto'

const CHARACTERS = 8

/**
 * How the audit names a pusher: by a part of a hash, which the pusher's page shows too. Entries are kept when the pusher is
 * erased, and from that part nobody can tell who it was.
 */
export function auditName(app: number, pusher: string): string {
  return `pusher #${hash('sha256', JSON.stringify([app, pusher])).slice(0, CHARACTERS)}`
}
