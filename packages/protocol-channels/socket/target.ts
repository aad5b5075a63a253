import { type Ending, endings } from './ending.ts'

/** Protocol versions that differ in nothing a server does. */
const SPOKEN = new Set(['5', '6', '7'])
const PATH = /^\/app\/([^/]+)$/

/** Reads `/app/{key}?protocol=7&…`; other parameters only describe the client. */
export function readTarget(target: string): { key: string } | Ending {
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(target) ?? []
  const key = PATH.exec(path)?.[1]
  if (key === undefined) return endings.badPath
  const version = new URLSearchParams(query).get('protocol')
  if (!version) return endings.noVersion
  if (!/^\d+$/.test(version)) return endings.badVersion
  return SPOKEN.has(version) ? { key: decoded(key) } : endings.unsupportedVersion
}

/** What is no encoding is the key of no app. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return ''
  }
}
