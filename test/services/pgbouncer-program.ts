import { delimiter } from 'node:path'
import { findProgram, installWithApt } from './machine.ts'

/** Debian's stands where only root looks. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']

export function findPgBouncer(): string | undefined {
  return onPath() ?? (installWithApt('pgbouncer') ? onPath() : undefined)
}

function onPath() {
  return findProgram('pgbouncer', FOLDERS)
}
