import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brokenLayers, importsOf } from '../../scripts/imports.ts'
import { violation } from '../../scripts/layers.ts'

const folders = new Map([
  ['@carillon/api', 'apps/api'],
  ['@carillon/demo', 'apps/demo'],
  ['carillon', 'apps/cli'],
  ...[
    'backplane',
    'client',
    'config',
    'contract',
    'core',
    'hub',
    'protocol-session',
    'queue',
    'store',
    'template',
    'testkit',
  ].map((name): [string, string] => [`@carillon/${name}`, `packages/${name}`]),
  ['@carillon/sender-mail', 'senders/mail'],
  ['@carillon/sender-sms', 'senders/sms'],
])

describe('an import that is allowed', () => {
  it.each([
    ['packages/config/index.ts', '@carillon/contract'],
    ['packages/contract/index.ts', 'zod'],
    ['packages/contract/index.ts', 'node:crypto'],
    ['packages/core/claim/deliver.ts', '@carillon/store'],
    ['packages/core/claim/deliver.ts', '@carillon/queue'],
    ['packages/core/claim/deliver.ts', '../batch.ts'],
    ['packages/protocol-session/index.ts', '@carillon/hub'],
    ['senders/mail/index.ts', '@carillon/template'],
    ['apps/api/index.ts', '@carillon/core'],
    ['apps/cli/main.ts', '@carillon/api'],
    ['apps/cli/main.ts', '@carillon/sender-mail'],
    ['test/unit/a.test.ts', '@carillon/testkit'],
    ['test/unit/a.test.ts', '../services/redis.ts'],
    ['test/unit/a.test.ts', '../../scripts/layers.ts'],
    ['test/unit/a.test.ts', '../../packages/core/core.ts'],
    ['test/unit/a.test.ts', '../../package.json'],
    ['packages/core/test/a.test.ts', '../core.ts'],
    ['packages/core/test/a.test.ts', '@carillon/testkit'],
    ['packages/core/test/a.test.ts', '../../../test/services/redis.ts'],
    ['apps/demo/test/a.test.ts', '../../api/test/fakes.ts'],
    ['examples/sender.ts', '@carillon/testkit'],
    ['scripts/run.mjs', '../apps/cli/bin/launch.mjs'],
  ])('%s: %s', (file, specifier) => {
    expect(violation({ file, specifier }, folders)).toBeUndefined()
  })
})

describe('an import that is not', () => {
  it.each([
    ['packages/contract/index.ts', '@carillon/config', 'packages/contract may not import packages/config'],
    ['packages/config/index.ts', '@carillon/store', 'packages/config may not import packages/store'],
    ['packages/store/store.ts', '@carillon/queue', 'packages/store may not import packages/queue'],
    ['packages/queue/queue.ts', '@carillon/store', 'packages/queue may not import packages/store'],
    ['packages/backplane/memory-cluster.ts', '@carillon/hub', 'packages/backplane may not import packages/hub'],
    ['packages/hub/hub.ts', '@carillon/backplane', 'packages/hub may not import packages/backplane'],
    ['packages/template/index.ts', '@carillon/store', 'packages/template may not import packages/store'],
    ['packages/testkit/index.ts', '@carillon/core', 'packages/testkit may not import packages/core'],
    ['packages/client/index.ts', '@carillon/core', 'packages/client may not import packages/core'],
    ['packages/core/core.ts', '@carillon/hub', 'packages/core may not import packages/hub'],
    ['packages/core/core.ts', '@carillon/api', 'packages/core may not import apps/api'],
    [
      'packages/protocol-session/index.ts',
      '@carillon/store',
      'packages/protocol-session may not import packages/store',
    ],
    ['senders/mail/index.ts', '@carillon/sender-sms', 'senders/mail may not import senders/sms'],
    ['senders/mail/index.ts', '@carillon/store', 'senders/mail may not import packages/store'],
    ['apps/api/index.ts', '@carillon/demo', 'apps/api may not import apps/demo'],
    ['apps/api/index.ts', 'carillon', 'apps/api may not import apps/cli'],
    ['apps/cli/main.ts', '@carillon/testkit', 'apps/cli may not import packages/testkit'],
    ['packages/core/core.ts', '@carillon/testkit', 'packages/core may not import packages/testkit'],
    ['scripts/check.ts', '@carillon/config', 'scripts may not import packages/config'],
    ['packages/new/index.ts', '@carillon/contract', 'packages/new may not import packages/contract'],
    ['packages/core/core.ts', '@carillon/store/schema/push.ts', 'reaches into @carillon/store'],
    ['test/unit/a.test.ts', '@carillon/store/schema/push.ts', 'reaches into @carillon/store'],
    ['packages/core/core.ts', '../store/index.ts', 'leaves packages/core by a relative path'],
    ['packages/core/claim/a.ts', '../../../test/counts.ts', 'leaves packages/core by a relative path'],
    ['packages/core/core.ts', './test/a.ts', 'leaves packages/core by a relative path'],
    ['packages/core/core.ts', '../../package.json', 'leaves packages/core by a relative path'],
    ['scripts/check.ts', '../examples/sender.ts', 'scripts may not import examples'],
  ])('%s: %s', (file, specifier, sentence) => {
    expect(violation({ file, specifier }, folders)).toContain(sentence)
  })
})

describe('the imports of a file', () => {
  it.each([
    ["import { a } from 'x'", ['x']],
    ["import type { A } from 'x'", ['x']],
    ["import 'x'", ['x']],
    ["import { a } from 'x'\nimport type { A } from 'x'", ['x']],
    ["export * from 'x'", ['x']],
    ["export { a, b } from 'x'", ['x']],
    ["export type { A } from 'x'", ['x']],
    ["const a = await import('x')", ['x']],
    ['const a = await import(`x`)', ['x']],
    ['const a = await import(name)', []],
    ['const a = await import(`./${name}.ts`)', []],
    ["// import 'x'\nconst text = \"import 'x'\"", []],
  ])('of %s', (source, specifiers) => {
    expect(importsOf('a.ts', source).map((found) => found.specifier)).toEqual(specifiers)
  })
})

describe('the layers of a tree', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'carillon-layers-'))
    write('packages/contract/package.json', '{ "name": "@carillon/contract" }')
    write('packages/config/package.json', '{ "name": "@carillon/config" }')
    write('packages/config/index.ts', "export * from '@carillon/contract'")
  })
  afterEach(() => rmSync(root, { recursive: true }))

  function write(file: string, text: string) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }

  it('are whole when every import is allowed', () => {
    expect(brokenLayers(root)).toEqual([])
  })

  it('are broken by an import, which is named with its file', () => {
    write('packages/contract/deep/a.ts', "import '@carillon/config'")
    expect(brokenLayers(root)).toEqual([
      "packages/contract/deep/a.ts: '@carillon/config': packages/contract may not import packages/config",
    ])
  })

  it('are broken by a package that the table does not know', () => {
    write('packages/odd/package.json', '{ "name": "@carillon/odd" }')
    expect(brokenLayers(root)).toEqual(['packages/odd: has no row in the table of scripts/layers.ts'])
  })

  it('let others import each part that a package exports, and no other', () => {
    write('packages/contract/package.json', '{ "name": "@carillon/contract", "exports": { ".": "", "./part": "" } }')
    write('packages/config/index.ts', "import '@carillon/contract/part'\nimport '@carillon/contract/other'")
    expect(brokenLayers(root)).toEqual([
      "packages/config/index.ts: '@carillon/contract/other': reaches into @carillon/contract: import what its package.json exports",
    ])
  })

  it('leave out what is installed or built', () => {
    write('packages/contract/node_modules/a/index.js', "import '@carillon/config'")
    write('packages/contract/dist/index.js', "import '@carillon/config'")
    expect(brokenLayers(root)).toEqual([])
  })
})
