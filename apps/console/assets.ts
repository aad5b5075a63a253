import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { baseStyles, copyScript } from '@carillon/ui'
import type { Hono } from 'hono'
import type { ConsoleEnv } from './deps.ts'

const styles = [
  new URL('./assets/frame.css', import.meta.url),
  new URL('./assets/table.css', import.meta.url),
  new URL('./assets/state.css', import.meta.url),
  new URL('./assets/chart.css', import.meta.url),
  new URL('./assets/page.css', import.meta.url),
  new URL('./assets/pusher.css', import.meta.url),
  new URL('./assets/settings.css', import.meta.url),
  new URL('./assets/template.css', import.meta.url),
]

const files = {
  'console.css': {
    type: 'text/css',
    text: [baseStyles(), ...styles.map(read)].join('\n'),
  },
  'console.js': {
    type: 'text/javascript',
    text: `${copyScript()}\n${read(new URL('./assets/console.js', import.meta.url))}`,
  },
  'bell.svg': { type: 'image/svg+xml', text: read(new URL('./assets/bell.svg', import.meta.url)) },
} as const

type FileName = keyof typeof files

const fileNames = Object.keys(files) as FileName[]

const urls = Object.fromEntries(fileNames.map((name) => [name, `/console/files/${name}?${hashOf(files[name].text)}`]))

/** A URL that changes with the file, so that browsers may keep it. */
export function fileUrl(name: FileName): string {
  return urls[name]!
}

/** The style sheet, the script and the icon. Everybody may read them: the login needs them. */
export function addFiles(console: Hono<ConsoleEnv>): void {
  for (const name of fileNames) {
    const { type, text } = files[name]
    const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'public, max-age=604800' }
    console.get(`/console/files/${name}`, (c) => c.body(text, 200, headers))
  }
}

function read(file: URL): string {
  return readFileSync(file, 'utf8')
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}
