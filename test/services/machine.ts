import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What this machine offers besides Node. */

export const inCI = process.env.CI === 'true' || process.env.CI === '1'
export const isRoot = process.getuid?.() === 0

/** Some programs are where only root looks. */
const PATH = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']

/** Full path of a program in one of the folders; default the PATH. */
export function findProgram(name: string, folders = PATH): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  return succeeds(() => accessSync(file, constants.X_OK))
}

/**
 * Installs Debian packages where that needs no question: as root only.
 * @returns whether all of them are installed.
 */
export function installWithApt(packages: string[]): boolean {
  if (packages.length === 0) return true
  if (!isRoot || !findProgram('apt-get') || !existsSync('/etc/debian_version')) return false
  console.error(`Installing ${packages.join(', ')} with apt ...`)
  if (!succeeds(() => apt('update'))) return false
  // One by one: a package that Debian does not have must not keep the others away.
  const install = (name: string) => succeeds(() => apt('install', '--yes', '--no-install-recommends', name))
  return packages.map(install).every(Boolean)
}

function apt(...args: string[]) {
  execFileSync('apt-get', ['-qq', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

/** A client alone is not enough: the daemon must answer. */
export function findDocker(): string | undefined {
  const docker = findProgram('docker')
  if (!docker) return undefined
  return succeeds(() => execFileSync(docker, ['info'], { stdio: 'ignore', timeout: 10_000 })) ? docker : undefined
}

function succeeds(action: () => unknown) {
  try {
    action()
    return true
  } catch {
    return false
  }
}
