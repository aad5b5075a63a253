import { inject } from 'vitest'
import { postgresOn, type PostgresOn } from './postgres.ts'

/** False where the Postgres is somebody else's, or a container: tests that restart it are skipped. */
export const canRestartPostgres = inject('postgresProgram') !== undefined

/** A server of this test's own, which it may restart. */
export async function ownPostgres(): Promise<PostgresOn> {
  const program = inject('postgresProgram')
  if (!program) throw new Error('This test restarts its Postgres: guard it with describe.skipIf(!canRestartPostgres).')
  return postgresOn(program)
}
