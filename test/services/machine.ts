import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What this machine offers besides Node. */

export const inCI = process.env.CI === 'true' || process.env.CI === '1'
export const isRoot = process.getuid?.() === 0

const PATH = (process.env.PATH ?? '').split(delimiter)

/** Full path of a program in one of the folders; default the PATH. */
export function findProgram(name: string, folders = PATH): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  return succeeds(() => accessSync(file, constants.X_OK))
}

/** A program of a Debian package, installed where that needs no question. Some stand where only root looks. */
export function findOrInstall(name: string, debianPackage: string): string | undefined {
  const find = () => findProgram(name, [...PATH, '/usr/sbin'])
  return find() ?? (installWithApt(debianPackage) ? find() : undefined)
}

/** Installs a Debian package where that needs no question: as root only. */
export function installWithApt(name: string): boolean {
  if (!isRoot || !findProgram('apt-get') || !existsSync('/etc/debian_version')) return false
  console.error(`Installing ${name} with apt, which the tests need ...`)
  return succeeds(() => {
    apt('update')
    apt('install', '--yes', '--no-install-recommends', name)
  })
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
