import { posix } from 'node:path'

/**
 * Who may import whom, by folder. The first row that fits a folder counts; `*` stands for the rest
 * of a name. Every folder may import itself, and one without a row may not exist.
 */
export const mayImport: [folder: string, allowed: string[]][] = [
  ['packages/contract', []],
  ['packages/addresses', []],
  ['packages/async', []],
  ['packages/config', ['packages/contract']],
  ['packages/files', ['packages/contract']],
  ['packages/store', ['packages/contract', 'packages/files', 'packages/async']],
  ['packages/queue', ['packages/contract']],
  ['packages/limiter', ['packages/contract']],
  ['packages/backplane', ['packages/contract']],
  [
    'packages/redis',
    ['packages/contract', 'packages/async', 'packages/queue', 'packages/limiter', 'packages/backplane'],
  ],
  ['packages/hub', ['packages/contract', 'packages/async']],
  ['packages/media', ['packages/contract', 'packages/async']],
  ['packages/http', ['packages/contract']],
  ['packages/quiet-hours', ['packages/contract']],
  ['packages/template', ['packages/contract']],
  ['packages/unsubscribe', ['packages/contract']],
  ['packages/outgoing', ['packages/contract', 'packages/async']],
  ['packages/to-addresses', ['packages/contract', 'packages/outgoing']],
  ['packages/chat', ['packages/contract', 'packages/outgoing', 'packages/template', 'packages/to-addresses']],
  ['packages/telemetry', ['packages/contract', 'packages/async']],
  ['packages/ui', []],
  ['packages/testkit', ['packages/contract']],
  ['packages/client', ['packages/contract']],
  [
    'packages/core',
    [
      'packages/contract',
      'packages/addresses',
      'packages/async',
      'packages/store',
      'packages/queue',
      'packages/quiet-hours',
      'packages/template',
      'packages/unsubscribe',
    ],
  ],
  ['packages/protocol-*', ['packages/contract', 'packages/async', 'packages/hub', 'packages/http']],
  [
    'senders/*',
    [
      'packages/contract',
      'packages/async',
      'packages/addresses',
      'packages/template',
      'packages/outgoing',
      'packages/to-addresses',
      'packages/chat',
    ],
  ],
  ['apps/cli', ['packages/*', 'senders/*', 'apps/*']],
  ['apps/*', ['packages/*', 'senders/*']],
  ['test', ['packages/*', 'senders/*', 'apps/*', 'packages/testkit', 'scripts', 'examples', 'bench']],
  ['examples', ['packages/*', 'senders/*', 'apps/*', 'packages/testkit']],
  // It starts its servers as the tests do.
  ['bench', ['packages/*', 'senders/*', 'apps/*', 'packages/testkit', 'test', 'scripts']],
  ['scripts', ['test']],
]

/** Folders that a `*` does not match: shipped code may not depend on code for tests. */
const onlyByName = ['packages/testkit']

/** May be imported by path: the launcher runs before an install has made any link. */
const importedByPath = ['apps/cli/bin/launch.mjs']

/** An import as it is written in a file; paths are relative to the root of the repository. */
export interface Import {
  file: string
  specifier: string
}

/** A sentence when the import breaks a rule. `folders` maps what our packages export to their folders. */
export function violation({ file, specifier }: Import, folders: Map<string, string>): string | undefined {
  const from = folderOf(file)
  if (from === undefined) return undefined
  if (specifier.startsWith('.')) return acrossBorder(from, posix.join(posix.dirname(file), specifier))
  const within = () => [...folders.keys()].find((known) => specifier.startsWith(`${known}/`))
  const name = folders.has(specifier) ? specifier : within()
  const to = name === undefined ? undefined : folders.get(name)
  if (to === undefined || to === from) return undefined
  if (specifier !== name) return `reaches into ${name}: import what its package.json exports`
  return allows(from, to) ? undefined : `${from} may not import ${to}`
}

function acrossBorder(from: string, target: string) {
  const to = folderOf(target)
  if (to === from || importedByPath.includes(target)) return undefined
  if (to === undefined && !isPackage(from)) return undefined
  if (to === undefined || isPackage(from)) return `leaves ${from} by a relative path`
  // Tests look at what a package keeps to itself.
  if (isPackage(to) && from !== 'test') return `leaves ${from} by a relative path`
  return allows(from, to) ? undefined : `${from} may not import ${to}`
}

/** `packages/store` for all files in it, `test` for all tests, a package's own too; nothing for the files of the root. */
function folderOf(file: string) {
  const [top = '', name = '', ...rest] = file.split('/')
  if (rest.length > 1 && rest[0] === 'test') return 'test'
  if (['apps', 'packages', 'senders'].includes(top) && rest.length > 0) return `${top}/${name}`
  return name === '' ? undefined : top
}

function isPackage(folder: string) {
  return folder.includes('/')
}

function allows(from: string, to: string) {
  return rowOf(from)?.[1].some((allowed) => fits(allowed, to)) ?? false
}

export function rowOf(folder: string): (typeof mayImport)[number] | undefined {
  return mayImport.find(([pattern]) => fits(pattern, folder))
}

function fits(pattern: string, folder: string) {
  if (!pattern.endsWith('*')) return pattern === folder
  return folder.startsWith(pattern.slice(0, -1)) && !onlyByName.includes(folder)
}
