import type { Manifest, Workspace, Workspaces } from './workspaces.ts'

/**
 * The package.json that is published: that of the workspace without what concerns the repository,
 * its entries as they are built, and the dependencies of all it includes.
 */
export function publishedManifest(own: Workspace, included: Workspaces, workspaces: Workspaces): object {
  const { name, version, description, keywords, license, bin, exports, peerDependencies, publishConfig } = own.manifest
  return {
    name,
    version,
    description,
    keywords,
    license,
    type: 'module',
    engines: publishConfig?.engines,
    bin,
    exports: Object.fromEntries(Object.entries(exports).map(([path, source]) => [path, built(source)])),
    dependencies: dependenciesOf(included, workspaces),
    peerDependencies,
  }
}

/** `./index.ts` → `./lib/index.js` and its types. JavaScript is shipped as it is, with its types beside it. */
function built(source: string): object | string {
  const path = source.replace(/^\.\//, './lib/').replace(/\.ts$/, '')
  if (path.endsWith('.js')) return path
  return { types: `${path}.d.ts`, default: `${path}.js` }
}

/** @throws Error when two workspaces disagree on a range. */
function dependenciesOf(included: Workspaces, workspaces: Workspaces): Record<string, string> {
  const ranges = new Map<string, string>()
  for (const { manifest } of included.values()) {
    for (const [name, range] of rangesOf(manifest, included, workspaces)) {
      const other = ranges.get(name) ?? range
      if (other !== range) throw new Error(`${manifest.name} wants ${name} ${range}, another workspace ${other}.`)
      ranges.set(name, range)
    }
  }
  return Object.fromEntries([...ranges].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * One published with it is wanted as it is now or compatible, so that npm keeps a single copy: two
 * would have two classes CarillonError.
 */
function rangesOf({ dependencies = {} }: Manifest, included: Workspaces, workspaces: Workspaces): [string, string][] {
  const outside = Object.entries(dependencies).filter(([name]) => !included.has(name))
  return outside.map(([name, range]) => {
    const published = workspaces.get(name)
    return [name, published ? `^${published.manifest.version}` : range]
  })
}
