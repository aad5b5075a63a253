/**
 * What a log may say of any error: the code or else the name of its root cause. A message may
 * repeat a statement's parameters, which are people's data.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.cause instanceof Error) return errorCode(error.cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
