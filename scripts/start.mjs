import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
// By path, not as a package: on a fresh clone there is no link to follow yet.
import { checkNode, launch, report } from '../apps/cli/bin/launch.mjs'
import { bundle } from './bundle.mjs'
import { installIfNeeded } from './install.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

async function main(args) {
  checkNode(process.versions.node)
  await installIfNeeded(root)
  await launch(await bundled(), ['start', ...args])
}

/** The sources themselves start too, only slower. */
async function bundled() {
  try {
    const entry = await bundle(root)
    process.env.NODE_COMPILE_CACHE ??= join(dirname(entry), 'compiled')
    return entry
  } catch (error) {
    console.error(`Carillon could not be bundled and starts from its sources: ${error.message}`)
    return join(root, 'apps/cli/main.ts')
  }
}

main(process.argv.slice(2)).catch(report)
