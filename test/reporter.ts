import type { Reporter, TestModule, TestSuite } from 'vitest/node'
import { type Counts, crashed, line } from './counts.ts'

/**
 * Counts the suite. Under `npm test` the counts go to the parent process, which prints them when
 * everything has stopped; under a bare `vitest` they are printed on exit.
 */
export default class CountReporter implements Reporter {
  #counts: Counts = crashed

  onInit(): void {
    if (process.send === undefined) process.on('exit', () => this.#print())
  }

  onTestRunStart(): void {
    this.#counts = crashed
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#counts = count(modules, unhandledErrors.length)
    process.send?.(this.#counts)
  }

  #print() {
    if (this.#counts.failed > 0) process.exitCode ||= 1
    const failed = process.exitCode ? Math.max(this.#counts.failed, 1) : this.#counts.failed
    console.log(`\n${line({ ...this.#counts, failed })}`)
  }
}

/** A throwing beforeAll leaves its tests skipped, so errors outside of tests count as failures. */
function count(modules: readonly TestModule[], unhandledErrors: number): Counts {
  const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const passed = states.filter((state) => state === 'passed').length
  const skipped = states.filter((state) => state === 'skipped').length
  return {
    passed,
    // A test that is still pending at the end never ran: the run was interrupted.
    failed: states.length - passed - skipped + suites.filter(isBroken).length + unhandledErrors,
    skipped,
  }
}

function isBroken(suite: TestModule | TestSuite) {
  return suite.errors().length > 0
}
