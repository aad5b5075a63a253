import { certificateFault } from '@carillon/contract'

/** Why a database that answers cannot be used: each goes on after "The database cannot be used: it". */
const REASONS: Record<string, string> = {
  '25006': 'accepts no writes, because it is a standby or read-only',
  '28000': 'refuses the user',
  '28P01': 'refuses the user or the password',
  '3D000': 'does not exist',
  '42501': 'does not give its user a permission that Carillon needs',
  '53100': 'has a full disk',
  '53200': 'is out of memory',
  '53300': 'has no connection left',
  '57014': 'ends statements after its statement_timeout',
  '57P01': 'is stopping',
  '57P02': 'has crashed and is restarting',
  '57P03': 'is starting or stopping',
}

/** PgBouncer has one code for whatever is wrong. Its words for a shortage, its own and the server's behind it. */
const SHORT = /no more connections allowed|too many clients|too many connections|query_wait_timeout/i

export function isShortOfConnections(error: unknown): boolean {
  const { code, message = '' } = rootCause(error)
  return code === '53300' || (code === '08P01' && SHORT.test(message))
}

/** The code of an error of the database and, where it answered, the end of a sentence that begins with "it". */
export function serverFault(error: unknown): { code: string; reason?: string | undefined } {
  const code = isShortOfConnections(error) ? '53300' : (rootCause(error).code ?? '')
  const certificate = certificateFault(code)
  return { code, reason: REASONS[code] ?? (certificate && `has a certificate that ${certificate}`) }
}

interface RootCause {
  code?: string
  /** Of the embedded database's file system. */
  errno?: number
  name?: string
  message?: string
  /** Of the system: what it was asked for, and for which file. */
  syscall?: string
  path?: string
}

/** The innermost cause of an error: the database layer's own error repeats every parameter of its statement. */
export function rootCause(error: unknown): RootCause {
  if (error instanceof Error && error.cause instanceof Error) return rootCause(error.cause)
  return typeof error === 'object' && error !== null ? error : {}
}
