import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
// By path, not as a package: on a fresh clone there is no link to follow yet.
import { checkNode, launch, report } from '../apps/cli/bin/launch.mjs'
import { installIfNeeded } from './install.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

async function main([entry, ...args]) {
  checkNode(process.versions.node)
  await installIfNeeded(root)
  await launch(resolve(root, entry), args)
}

main(process.argv.slice(2)).catch(report)
