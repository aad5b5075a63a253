import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brokenLayers } from './imports.ts'

const root = join(import.meta.dirname, '..')
const shippedIssues = 'files,dependencies,unlisted,unresolved'

interface Result {
  name: string
  passed: boolean
  output: string
}

async function check() {
  const start = performance.now()
  const results = await Promise.all([
    tool('tsc', 'typescript', 'tsc', '-p', '.', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/tsc.json'),
    // With what the oldest Node has that the client runs on
    tool('tsc of the client', 'typescript', 'tsc', '-p', 'packages/client'),
    tool('oxlint', 'oxlint', 'oxlint'),
    tool('oxfmt', 'oxfmt', 'oxfmt', '--check'),
    tool('knip', 'knip', 'knip', '--no-progress'),
    // Again for what ships alone, whose dependencies must be its own; an export only a test uses is fine.
    tool('knip --strict', 'knip', 'knip', '--no-progress', '--strict', '--include', shippedIssues),
    layers(),
  ])
  const failed = results.filter((result) => !result.passed)
  for (const { name, output } of failed) console.log(`--- ${name}\n${output.trim()}\n`)
  console.log(summary(results, failed, (performance.now() - start) / 1000))
  process.exitCode = failed.length > 0 ? 1 : 0
}

function summary(all: Result[], failed: Result[], seconds: number) {
  const names = (results: Result[]) => results.map((result) => result.name).join(', ')
  const outcome = failed.length > 0 ? `${names(failed)} failed` : `${names(all)} passed`
  return `check: ${outcome} (${seconds.toFixed(1)} s)`
}

/** Runs a program of a package on this Node: the links in .bin would run on whichever is on the PATH. */
function tool(name: string, packageName: string, bin: string, ...args: string[]): Promise<Result> {
  const child = spawn(process.execPath, [binPath(packageName, bin), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: string) => {
    output += chunk
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ name, passed: code === 0, output }))
  })
}

function binPath(packageName: string, bin: string) {
  const folder = join(root, 'node_modules', packageName)
  const manifest: { bin: string | Record<string, string> } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  const path = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[bin]
  if (path === undefined) throw new Error(`${packageName} has no program ${bin}.`)
  return join(folder, path)
}

async function layers(): Promise<Result> {
  const broken = brokenLayers(root)
  return { name: 'layers', passed: broken.length === 0, output: broken.join('\n') }
}

await check()
