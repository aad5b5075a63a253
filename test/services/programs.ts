import { globSync } from 'node:fs'
import { findProgram, inCI, installWithApt } from './machine.ts'

/** A program that tests run beside Node. */
export interface TestProgram {
  /** What sentences call it. */
  name: string
  debianPackage: string
  /** What someone can do who does not have it. */
  remedy: string
  /** Names a server or program to use instead, which makes the package unnecessary. */
  setting?: string
  /** Installed in CI alone. */
  onlyInCI?: boolean
  /** Path of the program, if it is installed. */
  find(): string | undefined
}

export const redis: TestProgram = {
  name: 'Redis',
  debianPackage: 'redis-server',
  remedy: 'set REDIS_URL, or install redis-server or Docker',
  setting: 'REDIS_URL',
  find: () => findProgram('redis-server'),
}

export const postgres: TestProgram = {
  name: 'Postgres',
  debianPackage: 'postgresql',
  remedy: 'set TEST_DATABASE_URL, or install postgresql or Docker',
  setting: 'TEST_DATABASE_URL',
  // Elsewhere the embedded database is a fair substitute for a package that was not requested.
  onlyInCI: true,
  find: findInitdb,
}

export const chromium: TestProgram = {
  name: 'Chromium',
  debianPackage: 'chromium',
  remedy: 'set CHROMIUM_PATH, or install chromium',
  setting: 'CHROMIUM_PATH',
  find: () =>
    process.env.CHROMIUM_PATH || findFirst('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
}

export const ffprobe: TestProgram = {
  name: 'ffprobe',
  debianPackage: 'ffmpeg',
  remedy: 'install ffmpeg',
  find: () => findFirst('ffprobe'),
}

export const nginx: TestProgram = {
  name: 'nginx',
  debianPackage: 'nginx-light',
  remedy: 'install nginx',
  find: () => findFirst('nginx'),
}

export const pgBouncer: TestProgram = {
  name: 'PgBouncer',
  debianPackage: 'pgbouncer',
  remedy: 'install pgbouncer',
  find: () => findFirst('pgbouncer'),
}

export const turn: TestProgram = {
  name: 'coturn',
  debianPackage: 'coturn',
  remedy: 'install coturn',
  find: () => findFirst('turnserver'),
}

export const allPrograms = [redis, postgres, chromium, ffprobe, nginx, pgBouncer, turn]

/** Installs the Debian packages of those that are missing, where that needs no question. */
export function installMissing(programs: TestProgram[]): void {
  installWithApt(programs.filter(isMissing).map((program) => program.debianPackage))
}

function isMissing({ setting, onlyInCI, find }: TestProgram) {
  if (onlyInCI && !inCI) return false
  return !(setting && process.env[setting]) && find() === undefined
}

function findFirst(...names: string[]) {
  return names.map((name) => findProgram(name)).find((path) => path !== undefined)
}

/** Debian and others keep the server's programs off the PATH. */
const POSTGRES_FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql*/bin',
  '/usr/local/opt/postgresql*/bin',
]

/** The newest version, since several may be installed. The server is beside it. */
function findInitdb() {
  const newestFirst = globSync(POSTGRES_FOLDERS).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return findProgram('initdb') ?? findProgram('initdb', newestFirst)
}
