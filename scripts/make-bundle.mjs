import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

/* A program: bundles the command line of the root that it is given, with the entry that it is given. */

/** The one finds files of its own beside itself, the other is not there. */
const external = ['pino', 'pg-native']

await make(process.argv[2], process.argv[3])

async function make(root, entry) {
  const folder = dirname(entry)
  const begun = new Date()
  const made = await build(root, dirname(folder))
  utimesSync(join(made, 'main.js'), begun, begun) // what is changed meanwhile is newer
  rmSync(folder, { recursive: true, force: true })
  renameSync(made, folder)
}

/** @returns a new folder; whoever starts at the same time has another. */
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
