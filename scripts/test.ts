import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { forwardSignals } from '../apps/cli/bin/launch.mjs'
import { type Counts, crashed, isCounts, line } from '../test/counts.ts'
import { allPrograms, installMissing } from '../test/services/programs.ts'

// vitest runs in a process of its own: the last line is then printed when everything else is quiet,
// and printed even if that process is killed or runs out of memory.
const root = join(import.meta.dirname, '..')
const given = process.argv.slice(2)
const filters = given.filter((one) => one !== '--no-install')
let counts: Counts = crashed

process.on('exit', (code) => {
  const agreed = agree(counts, code)
  process.exitCode = agreed.failed > 0 ? code || 1 : 0
  console.log(`\n${line(agreed)}`)
})

// Not a `pretest` script, which npm leaves out where `ignore-scripts` is set.
if (!given.includes('--no-install')) installMissing(allPrograms)

const vitest = spawn(process.execPath, [vitestPath(), 'run', ...reporters(), ...filters], {
  cwd: root,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
forwardSignals(vitest)
vitest.on('message', (message) => {
  if (isCounts(message)) counts = message
})
vitest.on('close', (code) => {
  process.exit(code ?? 1)
})

function vitestPath() {
  return join(root, 'node_modules/vitest/vitest.mjs')
}

/** A reporter named on the command line replaces those of the configuration, so ours is named as well. */
function reporters() {
  const chosen = filters.some((filter) => filter.startsWith('--reporter'))
  return [...(chosen ? [] : ['--reporter=default']), '--reporter=./test/reporter.ts']
}

/** A run that ended badly without a failed test (an error while stopping, a signal) is a failure too. */
function agree(seen: Counts, code: number): Counts {
  return code === 0 ? seen : { ...seen, failed: Math.max(seen.failed, 1) }
}
