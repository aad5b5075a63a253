import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * The shell outlives a crash of the tests: when the pipe on its stdin closes, for whatever reason
 * (SIGKILL of the tests too), it stops the server and removes its folder.
 */
const guard = `
exec 3<&0
"$@" 3<&- & server=$!
(cat <&3 >/dev/null; kill -s "$STOP_SIGNAL" "$server" 2>/dev/null) & watch=$!
wait "$server"
kill "$watch" 2>/dev/null
wait "$watch"
rm -rf "$FOLDER"`

/** Milliseconds after which a server that does not stop is killed. */
const STOP_TIMEOUT_MS = 5000

/** The user that a server runs as; empty: the user who runs the tests. */
export interface Identity {
  uid?: number
  gid?: number
}

export interface ServerOptions {
  name: string
  command: string
  args: string[]
  /** The server's working directory; removed when it has ended. */
  folder: string
  stopSignal: 'TERM' | 'INT'
  identity?: Identity
  /** Says whether the server answers yet; a rejection is a no. */
  ready(): Promise<boolean>
  /** Milliseconds until it must be ready; default 30 s. */
  timeout?: number
}

/** A server of the tests' own on this machine; needs a POSIX shell. */
export interface Server {
  /** Lets the server stop cleanly. */
  stop(): Promise<void>
  /** SIGKILL, as the OOM killer would. */
  kill(): Promise<void>
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const shell = spawnGuard(options)
  const output = lastOutput(shell)
  const server = control(shell, options.folder)
  if (await answers(shell, options)) return server
  await server.stop()
  throw new Error(`${options.name} did not start: ${output()}`)
}

function spawnGuard({ command, args, folder, stopSignal, identity }: ServerOptions) {
  const shell = spawn('sh', ['-c', guard, 'sh', command, ...args], {
    cwd: folder,
    env: { ...process.env, FOLDER: folder, STOP_SIGNAL: stopSignal },
    stdio: 'pipe',
    // Its own session: ctrl-C must not take the servers from under the tests.
    detached: true,
    ...identity,
  })
  // A test that forgot to stop its server must not hang: the guard ends with this process.
  shell.unref()
  shell.once('exit', () => shell.stdin.destroy())
  return shell
}

function control(shell: ChildProcess, folder: string): Server {
  const ended = once(shell, 'exit')
  const kill = async () => {
    // Kills the whole group, so that no process is left to remove the folder.
    if (!hasEnded(shell) && shell.pid) process.kill(-shell.pid, 'SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const stop = async () => {
    shell.stdin?.destroy()
    const impatient = setTimeout(() => void kill(), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(impatient)
  }
  return { stop, kill }
}

function hasEnded(shell: ChildProcess) {
  return shell.exitCode !== null || shell.signalCode !== null
}

/** The last part of what the server wrote, for the error message. */
function lastOutput(shell: ChildProcess) {
  let text = ''
  const collect = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-2000)
  }
  shell.stdout?.on('data', collect)
  shell.stderr?.on('data', collect)
  return () => text.trim() || 'it wrote nothing.'
}

async function answers(shell: ChildProcess, { ready, timeout = 30_000 }: ServerOptions) {
  const deadline = Date.now() + timeout
  while (!hasEnded(shell) && Date.now() < deadline) {
    if (await ready().catch(() => false)) return true
    await sleep(25)
  }
  return false
}
