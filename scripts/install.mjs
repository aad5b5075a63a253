import { statSync, utimesSync } from 'node:fs'
import { basename, join } from 'node:path'
import { exitLike, run } from '../apps/cli/bin/launch.mjs'

// --include: a production environment must not leave `npm test` without its tools.
const installArgs = 'install --no-save --no-audit --no-fund --loglevel=error --include=dev --include=optional'.split(
  ' ',
)

export async function installIfNeeded(root) {
  if (!needsInstall(root)) return
  console.error('Installing dependencies. The first time, this takes a minute or two ...')
  const npm = npmCommand(process.env, process.platform)
  const result = await run(npm.command, [...npm.args, ...installArgs], { cwd: root, shell: npm.shell })
  if (result.signal || result.code) exitLike(result)
  // npm leaves the file alone when nothing changed, and the next start would install again.
  utimesSync(installedLock(root), new Date(), new Date())
}

/**
 * npm writes this file last, so it is missing after an interrupted install, which a mere look for
 * node_modules would take for a finished one.
 */
function installedLock(root) {
  return join(root, 'node_modules', '.package-lock.json')
}

export function needsInstall(root) {
  return modified(installedLock(root)) < modified(join(root, 'package-lock.json'), 0)
}

function modified(file, otherwise = -1) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? otherwise
}

/** The npm that runs this script where there is one, else the one on the PATH. */
export function npmCommand(env, platform) {
  const script = env.npm_execpath
  if (script && basename(script) === 'npm-cli.js') {
    return { command: env.npm_node_execpath ?? process.execPath, args: [script], shell: false }
  }
  // npm.cmd is a batch file, which Windows starts through a shell only.
  return { command: 'npm', args: [], shell: platform === 'win32' }
}
