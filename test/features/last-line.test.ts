import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const config = join(root, 'test/fixtures/suites/vitest.config.ts')

const endings: [suite: string, lastLine: string][] = [
  ['passing', '1 passed, 0 failed, 1 skipped'],
  ['mixed', '2 passed, 1 failed, 2 skipped'],
  ['before-all', '0 passed, 1 failed, 1 skipped'],
  ['after-all', '1 passed, 1 failed, 0 skipped'],
  ['module', '0 passed, 1 failed, 0 skipped'],
  ['unhandled', '1 passed, 1 failed, 0 skipped'],
  ['no-such-suite', '0 passed, 1 failed, 0 skipped'],
]

describe('the last line of npm test', () => {
  it.each([...endings, ['killed', '0 passed, 1 failed, 0 skipped']])(
    'after the suite %s: %s',
    async (suite, lastLine) => {
      expect(await npmTest(suite)).toEqual({ lastLine, passed: lastLine.includes(' 0 failed') })
    },
  )

  it('is there with a reporter of the user as well', async () => {
    expect(await npmTest('mixed', '--reporter=dot')).toEqual({
      lastLine: '2 passed, 1 failed, 2 skipped',
      passed: false,
    })
  })
})

describe('the last line of vitest without npm test', () => {
  it.each(endings.filter(([suite]) => ['passing', 'before-all', 'unhandled'].includes(suite)))(
    'after the suite %s: %s',
    async (suite, lastLine) => {
      const vitest = join(root, 'node_modules/vitest/vitest.mjs')
      expect(await ending(vitest, 'run', '--config', config, suite)).toEqual({
        lastLine,
        passed: lastLine.includes(' 0 failed'),
      })
    },
  )
})

function npmTest(...args: string[]) {
  return ending(join(root, 'scripts/test.ts'), '--no-install', '--config', config, ...args)
}

/** Output is one stream here as in a terminal, since an error after the line would also spoil it. */
async function ending(script: string, ...args: string[]) {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, env: plainEnvironment() })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const [code] = await once(child, 'close')
  return { lastLine: output.trimEnd().split('\n').at(-1), passed: code === 0 }
}

/** Without what the outer vitest set for its own workers. */
function plainEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
}
