import { hostname, userInfo } from 'node:os'
import type { Actor } from '@carillon/contract'

/** Who runs a command, as the audit names them: the user of the system, on this machine. */
export function commandActor(): Actor {
  return { account: userName(), address: `command line of ${hostname()}` }
}

/** In a container the user may have a number only. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}
