import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exitLike, run } from '../../apps/cli/bin/launch.mjs'
import { npmCommand } from '../install.mjs'
import { stage } from './stage.ts'
import { readWorkspaces, withIncluded, type Workspaces } from './workspaces.ts'

/** What others install; all else is included in the one that needs it. */
const PUBLISHED = ['@carillon/contract', '@carillon/client', '@carillon/testkit', 'carillon']

const root = join(import.meta.dirname, '../..')

/**
 * Builds what is published, JavaScript with types, since Node strips no types under node_modules,
 * and packs it into `folder`; npm prints the names of the files.
 */
export async function pack(folder: string): Promise<void> {
  const [compiled, staged] = [join(folder, 'compiled'), join(folder, 'packages')]
  for (const old of [compiled, staged]) rmSync(old, { recursive: true, force: true })
  mkdirSync(staged, { recursive: true })
  await must(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(import.meta.dirname, 'tsconfig.json'),
    '--outDir',
    compiled,
  ])
  const workspaces = readWorkspaces(root)
  const targets = PUBLISHED.map((name) => stagePublished(workspaces, name, { compiled, staged }))
  const npm = npmCommand(process.env, process.platform)
  await must(npm.command, [...npm.args, 'pack', '--silent', '--pack-destination', folder, ...targets], {
    cwd: folder,
    shell: npm.shell,
  })
}

/** @returns the package's folder. */
function stagePublished(
  workspaces: Workspaces,
  name: string,
  { compiled, staged }: { compiled: string; staged: string },
): string {
  const own = workspaces.get(name)
  if (!own) throw new Error(`There is no workspace ${name}.`)
  const target = join(staged, name)
  mkdirSync(target, { recursive: true })
  stage({ root, compiled, target, own, included: withIncluded(workspaces, name, PUBLISHED), workspaces })
  return target
}

async function must(...command: Parameters<typeof run>): Promise<void> {
  const ending = await run(...command)
  if (ending.signal || ending.code) exitLike(ending)
}
