interface Failure {
  code?: string
  /** Of the embedded database's file system. */
  errno?: number
  name?: string
  message?: string
  /** Of the system: what it was asked for, and for which file. */
  syscall?: string
  path?: string
}

/** What is at the bottom of an error: the database layer's own repeats every parameter of its statement. */
export function rootCause(error: unknown): Failure {
  if (error instanceof Error && error.cause instanceof Error) return rootCause(error.cause)
  return typeof error === 'object' && error !== null ? error : {}
}
