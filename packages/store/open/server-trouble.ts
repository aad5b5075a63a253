import { SetupError } from '@carillon/contract'
import { partsOf } from './database-place.ts'
import { rootCause } from './root-cause.ts'

const REFUSED = /^(?:28\w{3})$/

/**
 * What keeps a Postgres server from being used, as a sentence that names it without its password.
 * An error that says something else is returned as it is.
 */
export function serverTrouble(error: unknown, url: string): unknown {
  const sentence = sentenceOf(error, url)
  return sentence ? new SetupError(sentence, { cause: error }) : error
}

function sentenceOf(error: unknown, url: string): string | undefined {
  const { address, user, database } = partsOf(url)
  const { code = '', message = '' } = rootCause(error)
  const sentences: Record<string, string> = {
    '3D000': `Postgres at ${address} has no database ${database}: create it, or set DATABASE_URL to one that is there.`,
    '42501': `The user ${user} may not make tables in the database ${database} of ${address}: grant it CREATE there.`,
    '53100': `The disk of Postgres at ${address} is full: free some space there.`,
    '53300': `Postgres at ${address} has no connection left: raise its max_connections, or run fewer processes.`,
    '57P03': `Postgres at ${address} is starting or stopping: try again in a moment.`,
  }
  if (sentences[code]) return sentences[code]
  if (REFUSED.test(code) || message.startsWith('SASL'))
    return `Postgres at ${address} refuses the user ${user}, or its password: correct DATABASE_URL.`
  if (/^E[A-Z]+/.test(code)) return unreachable(address, code)
  if (/timeout|terminated/i.test(message)) return unreachable(address, 'it does not answer')
  return /ssl/i.test(message) ? `Postgres at ${address}: ${message}. See sslmode in DATABASE_URL.` : undefined
}

function unreachable(address: string, why: string): string {
  return `Postgres cannot be reached at ${address} (${why}): start it, or set DATABASE_URL to where it is.`
}
