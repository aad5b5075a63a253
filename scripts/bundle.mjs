import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
// By path, as this runs before an install has made any link.
import { exitLike, run } from '../apps/cli/bin/launch.mjs'

/*
 * Carillon and what it depends on are 1500 modules, and Node takes seconds to find and read them at every start; in few
 * files, a fraction of one.
 */

const sources = ['apps', 'packages', 'senders']
const maker = fileURLToPath(new URL('make-bundle.mjs', import.meta.url))

/** The command line as a bundle that is as new as its sources. @returns the path of its entry. */
export async function bundle(root) {
  const entry = join(root, 'node_modules/.cache/carillon/main.js')
  if (isFresh(root, entry)) return entry
  console.error('Bundling the sources. This takes some seconds ...')
  // In a process of its own: this one may become the server, which has no use for the bundler's memory.
  const ended = await run(process.execPath, [maker, root, entry])
  if (ended.signal) exitLike(ended)
  if (ended.code !== 0) throw new Error('the bundler failed')
  return entry
}

export function isFresh(root, entry) {
  const installed = join(root, 'node_modules/.package-lock.json')
  const made = modified(entry)
  return made > modified(installed) && sources.every((folder) => made > newest(join(root, folder)))
}

/** Also of folders: those tell when a file was removed. A thousand are looked at before each start. */
function newest(folder) {
  let time = modified(folder)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue
    const path = `${folder}/${entry.name}`
    time = Math.max(time, entry.isDirectory() ? newest(path) : modified(path))
  }
  return time
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
