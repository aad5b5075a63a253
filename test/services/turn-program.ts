import { findProgram, installWithApt } from './machine.ts'

export function findTurn(): string | undefined {
  return findProgram('turnserver') ?? (installWithApt('coturn') ? findProgram('turnserver') : undefined)
}
