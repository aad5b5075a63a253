import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { carillon, emptyFolder } from '../services/carillon.ts'

const slow = 60_000

async function startWith(files: Record<string, string>, env: Record<string, string>) {
  const folder = await emptyFolder()
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const server = await carillon(['start', '--port', '0'], env, folder)
  return { code: await server.exit(), said: server.said() }
}

it.each([
  ['throws on load', 'throw new Error("boom")', 'The sender plugin ./bell.mjs cannot be loaded: boom'],
  ['is broken', 'export default {', 'The sender plugin ./bell.mjs cannot be loaded: '],
  ['exports nothing', 'export const name = "bell"', 'The sender plugin ./bell.mjs has no sender as its default export'],
  ['has a bad name', 'export default { name: "Bell!", send() {} }', 'The sender plugin ./bell.mjs has a bad name'],
  ['has a name that is taken', 'export default { name: "sendmail", send() {} }', 'Two senders are called sendmail'],
])(
  'a plugin that %s stops the start with a sentence',
  async (_, source, sentence) => {
    const { code, said } = await startWith({ 'bell.mjs': source }, { SENDERS: './bell.mjs' })
    expect(code).toBe(1)
    expect(said).toContain(sentence)
    expect(said).not.toMatch(/^ +at /m)
  },
  slow,
)

it(
  'a plugin or a hooks file that is not there stops the start with a sentence',
  async () => {
    const settings: Record<string, string>[] = [{ SENDERS: './nowhere.ts' }, { HOOKS_FILE: 'nowhere.json' }]
    for (const env of settings) {
      const { code, said } = await startWith({}, env)
      expect(code).toBe(1)
      expect(said).toContain('nowhere.')
      expect(said).not.toMatch(/^ +at /m)
    }
  },
  slow,
)
