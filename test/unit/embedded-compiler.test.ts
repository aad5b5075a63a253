import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { compilerFlags } from '../../packages/store/embedded/compiler.ts'

const GIGABYTE = 2 ** 30
const COMPILER = new URL('../../packages/store/embedded/compiler.ts', import.meta.url)

it.each([0.5, 1, 1.9])('does without the optimizing compiler where there are %d GB', (gigabytes) => {
  expect(compilerFlags(gigabytes * GIGABYTE)).toContain('--liftoff-only')
})

it.each([2, 24])('leaves V8 as it is where there are %d GB', (gigabytes) => {
  expect(compilerFlags(gigabytes * GIGABYTE)).toEqual([])
})

// By their tag V8 tells whether it may read what it has compiled before.
it('leaves V8 as it was once Postgres is compiled', () => {
  const script = `
    import { compilePostgres } from '${COMPILER.href}'
    const before = cachedDataVersionTag()
    compilePostgres()
    console.log(cachedDataVersionTag() === before)`
  expect(
    execFileSync(
      process.execPath,
      ['--input-type=module', '-e', `import { cachedDataVersionTag } from 'node:v8'${script}`],
      { encoding: 'utf8' },
    ),
  ).toBe('true\n')
})
