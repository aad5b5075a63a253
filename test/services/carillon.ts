import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@carillon/testkit'
import { inject, onTestFinished } from 'vitest'
import { putDatabaseInto } from './data-dir.ts'

/** An embedded database boots in seconds, on a busy machine in many. */
const START_MS = 60_000

export interface Carillon {
  process: ChildProcess
  /** All it has printed. */
  said(): string
  /** Waits for a line, and returns what the pattern caught. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Its exit code, or the signal that ended it. */
  exit(): Promise<number | string | null>
  stop(signal: NodeJS.Signals): Promise<number | string | null>
}

/** Keeps what ends a thing until its time is over: the end of a test, or of all tests of a file. */
export type Lifetime = (end: () => Promise<void>) => void

/** Runs the command line in a process of its own, as an operator would, in an empty folder; killed when the test ends. */
export async function carillon(
  args: string[],
  env: Record<string, string> = {},
  cwd?: string,
  lifetime: Lifetime = onTestFinished,
): Promise<Carillon> {
  const child = spawn(process.execPath, [inject('main'), ...args], {
    cwd: cwd ?? (await emptyFolder(lifetime)),
    env: { ...plainEnv(), ...env },
  })
  let text = ''
  const collect = (chunk: string) => (text += chunk)
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? null)
  lifetime(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    process: child,
    said: () => text,
    says: (pattern) =>
      waitFor(() => pattern.exec(text), { timeout: START_MS, what: String(pattern) }).catch((error: Error) => {
        throw new Error(`${error.message}; it said: ${text}`)
      }),
    exit: () => ended,
    async stop(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** The address of a server that was just started. */
export async function addressOf(server: Carillon): Promise<string> {
  return (await server.says(/(http:\/\/127\.0\.0\.1:\d+)/))[1]!
}

/** A folder that is removed when the test ends. */
export async function emptyFolder(lifetime: Lifetime = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-'))
  lifetime(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** One in which Carillon ran before, so that it need not make its database. */
export async function usedFolder(lifetime: Lifetime = onTestFinished): Promise<string> {
  const folder = await emptyFolder(lifetime)
  await putDatabaseInto(join(folder, '.data'))
  return folder
}

/** Nothing of the developer's own configuration. */
function plainEnv(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  // What one process compiled, the next need not: dozens are started.
  const compiled = join(inject('embeddedTemplate'), 'compiled')
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE: compiled, SNAPPER_PORT: '0' }
}

/** POSTs a form, as `curl -d` does. */
export async function post(
  url: string,
  fields: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
