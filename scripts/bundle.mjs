import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/*
 * Carillon and what it depends on are 1500 modules, and Node takes seconds to find and read them at every start; in few
 * files, a fraction of one.
 */

const sources = ['apps', 'packages', 'senders']
/** Plugins import these too, and have to meet the same classes. The others find files of their own beside themselves. */
const external = ['@carillon/contract', 'zod', 'pino', 'pg-native']

/** The command line as a bundle that is as new as its sources. @returns the path of its entry. */
export async function bundle(root) {
  const folder = join(root, 'node_modules/.cache/carillon')
  const entry = join(folder, 'main.js')
  if (isFresh(root, entry)) return entry
  const begun = new Date()
  const made = await build(root, dirname(folder))
  utimesSync(join(made, 'main.js'), begun, begun) // what is changed meanwhile is newer
  rmSync(folder, { recursive: true, force: true })
  renameSync(made, folder)
  return entry
}

export function isFresh(root, entry) {
  const installed = join(root, 'node_modules/.package-lock.json')
  const made = modified(entry)
  return made > modified(installed) && sources.every((folder) => made > newest(join(root, folder)))
}

/** Also of folders: those tell when a file was removed. */
function newest(folder) {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ parentPath }) => !relative(folder, parentPath).includes('node_modules'))
    .map(({ parentPath, name }) => modified(join(parentPath, name)))
  return Math.max(modified(folder), ...below)
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** @returns a new folder; whoever starts at the same time has another. */
async function build(root, beside) {
  mkdirSync(beside, { recursive: true })
  const folder = mkdtempSync(join(beside, 'carillon-'))
  const { rolldown } = await import('rolldown')
  const made = await rolldown({
    input: join(root, 'apps/cli/main.ts'),
    platform: 'node',
    external: (id) => external.includes(id),
    plugins: [filesInPlace(folder)],
  })
  await made.write({ dir: folder, format: 'esm' })
  await made.close()
  return folder
}

/** What a source finds by its own URL, such as a thread or the migrations, stays beside the source. */
function filesInPlace(folder) {
  return {
    name: 'files-in-place',
    transform: {
      filter: { id: /\.ts$/, code: 'import.meta.url' },
      handler(code, id) {
        const path = relative(folder, id).replaceAll('\\', '/')
        return code.replaceAll('import.meta.url', `new URL('${path}', import.meta.url).href`)
      },
    },
  }
}
