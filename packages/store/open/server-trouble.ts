import { certificateFault, SetupError } from '@carillon/contract'
import { partsOf } from './database-place.ts'
import { isShortOfConnections, rootCause } from './faults.ts'

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
  const cause = rootCause(error)
  const { message = '' } = cause
  const code = isShortOfConnections(error) ? '53300' : codeOf(cause)
  const sentences: Record<string, string> = {
    '25006': `Postgres at ${address} accepts no writes (25006): it is a standby, or default_transaction_read_only is on. Set DATABASE_URL to the primary.`,
    '3D000': `Postgres at ${address} has no database ${database}: create it, or set DATABASE_URL to an existing database.`,
    '42501': `The user ${user} may not create tables in the database ${database} of ${address}: grant CREATE to the user.`,
    '53100': `The disk of Postgres at ${address} is full: free some space.`,
    '53300': `Postgres at ${address} has no connection left: raise its max_connections, lower DATABASE_POOL, or run fewer processes.`,
    '57014': `Postgres at ${address} ended a statement after its statement_timeout: raise it for the user ${user}.`,
    '57P03': `Postgres at ${address} is starting or stopping: try again in a moment.`,
  }
  if (sentences[code]) return sentences[code]
  return refusal(code, message, url) ?? tlsTrouble(code, message, address) ?? connectionTrouble(cause, address)
}

/** PgBouncer says what Postgres says by codes. */
function codeOf({ code = '', message = '' }: { code?: string; message?: string }): string {
  if (code !== '08P01') return code
  if (/no such database/i.test(message)) return '3D000'
  return /no such user|auth/i.test(message) ? '28P01' : code
}

function refusal(code: string, message: string, url: string): string | undefined {
  const { address, user, database } = partsOf(url)
  if (/no pg_hba\.conf entry/.test(message)) {
    const remedy = /no encryption|SSL off/i.test(message)
      ? 'add sslmode=require to DATABASE_URL, or add an entry'
      : 'add one'
    return `Postgres at ${address} has no entry in its pg_hba.conf that lets the user ${user} use the database ${database} from here: ${remedy}.`
  }
  if (REFUSED.test(code) || message.startsWith('SASL'))
    return `Postgres at ${address} refuses the user ${user}, or its password: correct DATABASE_URL.`
  return undefined
}

function tlsTrouble(code: string, message: string, address: string): string | undefined {
  const certificate = certificateFault(code)
  if (certificate)
    return (
      `The certificate of Postgres at ${address} ${certificate} (${code}): add the authority that signed it to DATABASE_URL, ` +
      'sslmode=verify-full&sslrootcert=/path/to/authority.crt, or sslmode=no-verify to accept any.'
    )
  if (message.startsWith('The server does not support SSL'))
    return `Postgres at ${address}: The server does not support SSL connections. Turn its ssl on, or remove sslmode from DATABASE_URL.`
  if (/PEM|ASN1|KEY_VALUES_MISMATCH|ERR_OSSL/.test(code))
    return `A file named in DATABASE_URL (sslrootcert, sslcert, sslkey) is not a usable certificate or key (${code}): it must be PEM.`
  if (/ssl/i.test(message) || code.startsWith('ERR_SSL'))
    return `Postgres at ${address}: ${message}. See sslmode in DATABASE_URL.`
  return undefined
}

function connectionTrouble(cause: ReturnType<typeof rootCause>, address: string): string | undefined {
  const { code = '', message = '', syscall, path } = cause
  if (syscall === 'open') return `The file ${path} that DATABASE_URL names cannot be read (${code}): correct its path.`
  if (/^E[A-Z_]+$/.test(code)) return unreachable(address, code)
  if (/timeout|terminated/i.test(message)) return unreachable(address, 'it does not answer')
  return code === '08P01' ? `Postgres at ${address} refuses the connection: ${message}.` : undefined
}

function unreachable(address: string, why: string): string {
  return `Postgres cannot be reached at ${address} (${why}): start it, or correct DATABASE_URL.`
}
