import { execFileSync } from 'node:child_process'
import type { Identity } from './guarded.ts'
import { isRoot } from './machine.ts'

/** Whom a server runs as that refuses to run as root. */
export function unprivileged(server: string): Identity {
  if (!isRoot) return {}
  const user = ['postgres', 'nobody'].find((name) => id('-u', name) !== undefined)
  const [uid, gid] = [user && id('-u', user), user && id('-g', user)]
  if (!uid || !gid) throw new Error(`${server} does not run as root, and there is no user postgres or nobody.`)
  return { uid, gid }
}

function id(flag: '-u' | '-g', user: string) {
  try {
    return Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }))
  } catch {
    return undefined
  }
}
