import { setTimeout as pause } from 'node:timers/promises'
import { errorCode } from '@carillon/contract'
import { failure, type Request, rpcErrors, success } from '../json-rpc.ts'
import type { SnapperParts } from '../parts.ts'
import { call, RpcFailure } from './methods.ts'

/** Milliseconds between tries to keep what a producer sent without waiting for an answer. */
const TRY_AGAIN_MS = 500

export async function reply(parts: SnapperParts, app: number, { id, method, params }: Request): Promise<string> {
  try {
    return success(id, await call(parts, app, method, params))
  } catch (error) {
    if (error instanceof RpcFailure) return failure(id, error.error)
    report(parts, error)
    return failure(id, rpcErrors.internal)
  }
}

/**
 * Publishes without an answer. Nobody would send it again, so it is tried until it is kept, also when the producer has
 * gone meanwhile.
 * @param patience false once it must end
 */
export async function keep(parts: SnapperParts, app: number, params: unknown, patience: () => boolean): Promise<void> {
  for (;;) {
    try {
      return void (await call(parts, app, 'publish', params))
    } catch (error) {
      if (error instanceof RpcFailure) return
      report(parts, error)
      if (!patience()) return
      await pause(TRY_AGAIN_MS)
    }
  }
}

function report({ log }: SnapperParts, error: unknown): void {
  log.warn({ code: errorCode(error) }, 'what a Snapper producer asked for could not be done')
}
