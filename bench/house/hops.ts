import { Session } from 'node:inspector/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

/** What ran for one piece of work: distinct functions of our sources, and the files that hold them. */
export interface Hops {
  functions: Set<string>
  files: Set<string>
}

/** Long enough for every timer that belongs to no work to run. */
const IDLE_MS = 3000

/** Counts, by V8's coverage, which functions of the sources in `root` run. */
export async function startCounting(root: string): Promise<{ during(work: () => Promise<void>): Promise<Hops> }> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  const taken = () => takeFunctions(session, `${pathToFileURL(root).href}/`)
  return {
    /** The work is done once before, so that what is made at its first time does not count. */
    async during(work) {
      await work()
      await pause(IDLE_MS)
      await taken()
      await pause(IDLE_MS)
      const idle = new Set(await taken())
      await work()
      const functions = new Set((await taken()).filter((name) => !idle.has(name)))
      return { functions, files: new Set([...functions].map((name) => name.slice(0, name.indexOf(':')))) }
    },
  }
}

/** `packages/core/accept.ts:1234:accept`, for each function that ran since the last call. */
async function takeFunctions(session: Session, root: string): Promise<string[]> {
  const { result } = await session.post('Profiler.takePreciseCoverage')
  return result
    .filter(({ url }) => url.startsWith(root) && !url.includes('/node_modules/'))
    .flatMap(({ url, functions }) =>
      functions
        .filter(({ functionName, ranges }) => functionName !== '' && ranges[0]!.count > 0)
        .map(({ functionName, ranges }) => `${url.slice(root.length)}:${ranges[0]!.startOffset}:${functionName}`),
    )
}
