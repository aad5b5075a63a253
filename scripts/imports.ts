import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseSync } from 'oxc-parser'
import { type Import, rowOf, violation } from './layers.ts'

const sourceFolders = ['apps', 'packages', 'senders', 'test', 'scripts', 'examples', 'bench']
const ignoredFolders = ['node_modules', 'dist']

/** One line for each import of the sources that breaks a rule of the layers. */
export function brokenLayers(root: string): string[] {
  const folders = packageFolders(root)
  const unknown = [...new Set(folders.values())].filter((folder) => !rowOf(folder))
  return [
    ...unknown.map((folder) => `${folder}: has no row in the table of scripts/layers.ts`),
    ...sourceFiles(root).flatMap((file) => brokenImports(root, file, folders)),
  ]
}

function brokenImports(root: string, file: string, folders: Map<string, string>) {
  return importsOf(file, readFileSync(join(root, file), 'utf8')).flatMap((found) => {
    const sentence = violation(found, folders)
    return sentence ? [`${file}: '${found.specifier}': ${sentence}`] : []
  })
}

/** Static and dynamic imports and re-exports, of types too: a layer is a matter of knowing, not of loading. */
export function importsOf(file: string, source: string): Import[] {
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module
  const specifiers = [
    ...staticImports.map((found) => found.moduleRequest.value),
    ...staticExports.flatMap((found) => found.entries.map((entry) => entry.moduleRequest?.value)),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => literal(source.slice(start, end))),
  ]
  return [...new Set(specifiers)].flatMap((specifier) => (specifier === undefined ? [] : [{ file, specifier }]))
}

/** The text of a quoted string; a computed specifier cannot be judged. */
function literal(code: string) {
  return /^(['"`])([^'"`$]*)\1$/.exec(code)?.[2]
}

/** The folders of our packages, relative to the root, by what may be imported of them: `@carillon/client/live` too. */
function packageFolders(root: string): Map<string, string> {
  return new Map(entries(root).map(({ specifier, folder }) => [specifier, folder]))
}

/** The file that each import of a package of ours loads, relative to the root. */
export function packageEntries(root: string): Map<string, string> {
  return new Map(entries(root).map(({ specifier, folder, file }) => [specifier, posix.join(folder, file)]))
}

function entries(root: string): { specifier: string; folder: string; file: string }[] {
  const folders = ['apps', 'packages', 'senders'].flatMap((top) => childrenOf(root, top))
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .flatMap((folder) => entriesOf(root, folder))
}

function childrenOf(root: string, top: string) {
  if (!existsSync(join(root, top))) return []
  return readdirSync(join(root, top)).map((name) => `${top}/${name}`)
}

function entriesOf(root: string, folder: string) {
  const { name, exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
  const files = { '.': '', ...exports }
  return Object.entries(files).map(([path, file]) => ({ specifier: name + path.slice(1), folder, file }))
}

interface Manifest {
  name: string
  exports?: Record<string, string>
}

function sourceFiles(root: string): string[] {
  return sourceFolders.filter((folder) => existsSync(join(root, folder))).flatMap((folder) => filesIn(root, folder))
}

function filesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return ignoredFolders.includes(entry.name) ? [] : filesIn(root, path)
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : []
  })
}
