import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { publishedManifest } from './manifest.ts'
import { type Reference, replaceReferences } from './references.ts'
import type { Workspace, Workspaces } from './workspaces.ts'

export interface Staging {
  root: string
  /** What tsc wrote, laid out like the root. */
  compiled: string
  /** The folder that becomes the package. */
  target: string
  own: Workspace
  /** The own one, and those that are shipped within it. */
  included: Workspaces
  workspaces: Workspaces
}

/** Lays a package out as it is published: `lib` is the own workspace, those it includes stand below it. */
export function stage(staging: Staging): void {
  const { root, target, own, included, workspaces } = staging
  const manifest = publishedManifest(own, included, workspaces)
  for (const workspace of included.values()) stageWorkspace(staging, workspace)
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const script of Object.values(own.manifest.exports).filter((path) => path.endsWith('.js'))) {
    for (const file of [script, script.replace(/\.js$/, '.d.ts')].map((path) => posix.join(own.folder, path)))
      if (existsSync(join(root, file))) copyAsset(staging, file)
  }
  if (own.manifest.bin) cpSync(join(import.meta.dirname, 'bin'), join(target, 'bin'), { recursive: true })
  for (const page of readdirSync(root).filter((name) => /^(LICENSE|README\.md)$/.test(name))) {
    cpSync(join(root, page), join(target, page))
  }
}

function stageWorkspace(staging: Staging, { folder }: Workspace): void {
  const compiled = join(staging.compiled, folder)
  const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  for (const file of files.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const code = readFileSync(join(compiled, file), 'utf8')
    const source = posix.join(folder, file)
    const target = join(staging.target, placeOf(staging, source))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(
      target,
      replaceReferences(file, code, (reference) => retarget(staging, source, reference)),
    )
  }
}

/** The path of a repository's file in the package. */
function placeOf({ own }: Staging, source: string): string {
  const inOwn = posix.relative(own.folder, source)
  return inOwn === 'package.json' ? inOwn : posix.join('lib', inOwn.startsWith('..') ? source : inOwn)
}

/** What a reference from `source` becomes. */
function retarget(staging: Staging, source: string, { kind, text }: Reference): string {
  const entry = entryOf(staging, text)
  if (entry !== undefined) return pathBetween(staging, source, entry)
  if (kind === 'import' && !text.startsWith('.')) return external(staging, source, text)
  const file = posix.join(posix.dirname(source), text)
  if (kind === 'url' && !file.endsWith('.ts')) copyAsset(staging, file)
  return pathBetween(staging, source, file)
}

/** The file behind `@carillon/queue` or `@carillon/redis`, if that is shipped within the package. */
function entryOf({ included }: Staging, specifier: string): string | undefined {
  const [scope, name, ...path] = specifier.split('/')
  const workspace = included.get(`${scope}/${name}`) ?? included.get(specifier)
  return workspace && posix.join(workspace.folder, workspace.manifest.exports[['.', ...path].join('/')] ?? '')
}

function pathBetween(staging: Staging, source: string, target: string): string {
  const path = posix.relative(posix.dirname(placeOf(staging, source)), placeOf(staging, target))
  return (path.startsWith('.') ? path : `./${path}`).replace(/(?<!\.d)\.ts$/, '.js')
}

/** What the code reads by its URL, such as the migrations, comes along. */
function copyAsset(staging: Staging, file: string): void {
  cpSync(join(staging.root, file), join(staging.target, placeOf(staging, file)), { recursive: true })
}

/** @throws Error for a package that would not be installed. */
function external({ included }: Staging, source: string, specifier: string): string {
  const [scope = '', name] = specifier.split('/')
  const dependency = specifier.startsWith('@') ? `${scope}/${name}` : scope
  const listed = [...included.values()].some(({ manifest: { dependencies, peerDependencies } }) =>
    Object.hasOwn({ ...dependencies, ...peerDependencies }, dependency),
  )
  if (listed || isBuiltin(specifier)) return specifier // tsc writes `crypto` where it infers a type
  throw new Error(`${source} imports ${specifier}, which is in no package.json of what is packed.`)
}
