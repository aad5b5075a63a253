import { onTestFinished } from 'vitest'
import type { Io } from '../io.ts'
import { createProgram } from '../program.ts'
import { startVerifyingServer } from '../../../test/services/verifying-server.ts'

type Answer = NonNullable<Parameters<typeof startVerifyingServer>[0]>['answer']

/** The command line, on a server that gives these answers. @param terminal whether it prints to one */
export async function onServer(answer: Answer, terminal = false) {
  const server = await startVerifyingServer({ answer })
  onTestFinished(server.close)
  const seen = { out: '', err: '' }
  const io: Partial<Io> = {
    env: {},
    terminal,
    print: (text) => void (seen.out += text),
    complain: (text) => void (seen.err += text),
  }
  const { port } = new URL(server.url)
  const run = (...args: string[]) => createProgram(io as Io).parseAsync(['node', 'carillon', ...args, '--port', port])
  return { run, seen, received: server.received }
}
