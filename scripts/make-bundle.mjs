import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

/* A program: bundles the command line of the root that it is given, with the entry that it is given. */

/** The one finds files of its own beside itself, the other is not there. */
const external = ['pino', 'pg-native']

/** How long what an older bundle is made of is kept: a process may load it late. */
const DAY_MS = 86_400_000

await make(process.argv[2], process.argv[3])

/**
 * Puts a bundle in the place of the one before. The names of its parts tell their content, and the entry comes last: so
 * whoever starts meanwhile finds all parts of the one or of the other, also if several make it at once.
 */
async function make(root, entry) {
  const folder = dirname(entry)
  const begun = new Date()
  const made = await build(root, dirname(folder))
  utimesSync(join(made, 'main.js'), begun, begun) // what is changed meanwhile is newer
  mkdirSync(folder, { recursive: true })
  const parts = readdirSync(made).filter((name) => name !== 'main.js')
  for (const name of [...parts, 'main.js']) renameSync(join(made, name), join(folder, name))
  rmSync(made, { recursive: true })
  removeOld(folder, parts)
}

function removeOld(folder, parts) {
  const others = readdirSync(folder).filter((name) => /-[\w-]+\.js$/.test(name) && !parts.includes(name))
  for (const path of others.map((name) => join(folder, name))) {
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (made < Date.now() - DAY_MS) rmSync(path, { force: true })
  }
}

/** @returns a new folder; a process that starts at the same time gets another. */
async function build(root, beside) {
  mkdirSync(beside, { recursive: true })
  const folder = mkdtempSync(join(beside, 'carillon-'))
  const made = await rolldown({
    input: join(root, 'apps/cli/main.ts'),
    platform: 'node',
    external: (id) => external.includes(id),
    plugins: [filesInPlace(folder)],
  })
  await made.write({ dir: folder, format: 'esm' })
  // Without it Node reads each file as CommonJS first.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
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
