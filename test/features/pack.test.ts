import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@carillon/testkit'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { inCI } from '../services/machine.ts'
import { makeProject, npm, root, run } from './pack-project.ts'

const reachesRegistry = await npm(['view', 'zod', 'version', '--fetch-retries=0', '--fetch-timeout=10000'], root).then(
  () => true,
  () => false,
)

// Without a registry nothing can be installed; in CI a green run must mean that it was.
describe.skipIf(!reachesRegistry && !inCI)('what npm run pack makes, installed', () => {
  let project: string
  let packed: string[]
  const node = (...args: string[]) => run(process.execPath, args, { cwd: project })

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'carillon-pack-'))
    packed = await makeProject(project)
  }, 300_000)
  afterAll(() => rm(project, { recursive: true, force: true }))

  it('is four packages of JavaScript with types, that want nothing of the repository', async () => {
    expect(packed.map((file) => file.replace(/-\d.*/, ''))).toEqual([
      'carillon-contract',
      'carillon-client',
      'carillon-testkit',
      'carillon',
    ])
    const folder = join(project, 'node_modules/carillon')
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    expect(manifest).not.toHaveProperty('private')
    expect(Object.entries(manifest.dependencies).filter(([, range]) => range === '*')).toEqual([])
    const files = await readdir(folder, { recursive: true })
    expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([])
  })

  it('has each class once, whichever package it is imported from', async () => {
    expect((await node('classes.js')).stdout).toBe('true true\ntrue function function\nfunction\ntrue\n')
  })

  it('checks its configuration', async () => {
    expect((await node('node_modules/carillon/bin/carillon.mjs', 'check-config', '--port', '7001')).stdout).toMatch(
      /^PORT +7001/m,
    )
  })

  it('says so on a Node that is too old', async () => {
    const older = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '22.11.0' })`
    const started = node('--import', older, 'node_modules/carillon/bin/carillon.mjs', 'check-config')
    await expect(started).rejects.toMatchObject({
      code: 1,
      stderr: 'Carillon needs Node 22.13 or newer, and this is 22.11.0.\n',
    })
  })

  it('says so to a program that imports it on a Node that is too old', async () => {
    const older = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`
    const started = node('--import', older, '--input-type=module', '-e', "await import('carillon')")
    await expect(started).rejects.toMatchObject({
      stderr: expect.stringContaining('Error: Carillon needs Node 22.13 or newer, and this is 20.19.0.') as string,
    })
  })

  it('names the Node that it needs in its package.json', async () => {
    const { engines } = JSON.parse(await readFile(join(project, 'node_modules/carillon/package.json'), 'utf8'))
    const code = await readFile(join(project, 'node_modules/carillon/lib/require-node.js'), 'utf8')
    expect(`>=${/OLDEST = \[([^\]]+)/.exec(code)![1]!.replace(', ', '.')}`).toBe(engines.node)
  })

  it('runs the test of a plugin, which is in the same folder', async () => {
    const { stdout } = await node('node_modules/vitest/vitest.mjs', 'run', '--reporter=tap-flat', 'chat.test.ts')
    expect(stdout).toMatch(/^ok \d+ - .*comes again when the room says so/m)
    expect(stdout).toMatch(/^ok \d+ - .*the contract of senders/m)
  }, 60_000)

  it('has types that hold', async () => {
    await expect(node(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')).resolves.toMatchObject({ stdout: '' })
  }, 60_000)

  it('runs everything, with a plugin, on the embedded database', async () => {
    const env = {
      ...process.env,
      PORT: '0',
      SNAPPER_PORT: '0',
      OUTBOX: '1',
      DATA_DIR: 'all',
      SENDERS: 'plugin.js',
      DATABASE_URL: '',
      REDIS_URL: '',
    }
    const carillon = spawn(process.execPath, ['node_modules/carillon/bin/carillon.mjs', 'start'], { cwd: project, env })
    onTestFinished(() => void carillon.kill('SIGKILL'))
    let said = ''
    for (const stream of [carillon.stdout, carillon.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    }
    const ended = once(carillon, 'exit').then(() => Promise.reject(new Error(`It ended too early: ${said}`)))
    const listens = waitFor(() => /listens on (http:\S+)/.exec(said)?.[1], { timeout: 60_000 })
    const url = await Promise.race([listens, ended])
    for (const file of ['', '/demo.js', '/push.js', '/carillon-sw.js', '/pusher.js'])
      expect((await fetch(`${url}/demo${file}`)).status).toBe(200)
    await node('pushes.js', url)
    await waitFor(() => said.includes('bell: Lupino ding'), { timeout: 20_000 })
    const outbox = join(project, 'all/outbox')
    const mail = await waitFor(async () => (await readdir(outbox)).find((file) => file.endsWith('.eml')), {
      timeout: 20_000,
    })
    expect(await readFile(join(outbox, mail), 'utf8')).toContain('Hi Lupino')
    carillon.kill('SIGTERM')
    expect(await once(carillon, 'exit')).toEqual([0, null])
  }, 120_000)

  it("runs in a process of one's own", async () => {
    const database = hasPostgres ? await freshDatabase() : undefined
    if (database) onTestFinished(database.drop)
    const env = { ...process.env, DATA_DIR: 'own', DATABASE_URL: database?.url ?? '', REDIS_URL: '' }
    const worker = spawn(process.execPath, ['worker.ts'], { cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void worker.kill('SIGKILL'))
    const [line] = await once(worker.stdout.setEncoding('utf8'), 'data')
    expect(line).toBe('Lupino: Your parcel is here.\n')
  }, 60_000)
})
