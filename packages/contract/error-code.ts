import { replyCode } from './reply-code.ts'

/**
 * What a log may say of any error: the code, of Redis the first word, or else the name of its root cause. A message may
 * repeat a statement's parameters, which are people's data.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.cause instanceof Error) return errorCode(error.cause)
  if ('code' in error && typeof error.code === 'string') return error.code
  return replyCode(error) ?? error.name
}

/**
 * Where an error was thrown, by the code or name of its cause and the frames of its stack. Neither is a message, which may
 * repeat what was being sent.
 */
export function errorStack(error: unknown): string {
  const frames = error instanceof Error ? (String(error.stack).match(/^\s+at .*$/gm) ?? []) : []
  return [errorCode(error), ...frames].join('\n')
}
