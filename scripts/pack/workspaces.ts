import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is read of a workspace's package.json. */
export interface Manifest {
  name: string
  version: string
  description?: string
  keywords?: string[]
  license?: string
  bin?: Record<string, string>
  exports: Record<string, string>
  dependencies?: Record<string, string>
  /** Peer dependencies, such as the test runner. */
  peerDependencies?: Record<string, string>
  /** Fields that hold for what is published only. */
  publishConfig?: { engines: { node: string } }
}

export interface Workspace {
  /** Relative to the root, such as `packages/store`. */
  folder: string
  manifest: Manifest
}

/** By the package's name. */
export type Workspaces = ReadonlyMap<string, Workspace>

export function readWorkspaces(root: string): Workspaces {
  const folders = ['apps', 'packages', 'senders'].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => `${top}/${name}`),
  )
  const all = folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => read(root, folder))
  return new Map(all.map((workspace) => [workspace.manifest.name, workspace]))
}

/** The workspace and those it needs, however indirectly, but none that is published on its own. */
export function withIncluded(workspaces: Workspaces, name: string, published: readonly string[]): Workspaces {
  const included = new Map<string, Workspace>()
  const include = (each: string) => {
    const workspace = workspaces.get(each)
    if (!workspace || included.has(each) || (published.includes(each) && each !== name)) return
    included.set(each, workspace)
    Object.keys(workspace.manifest.dependencies ?? {}).forEach(include)
  }
  include(name)
  return included
}

function read(root: string, folder: string): Workspace {
  return { folder, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest }
}
