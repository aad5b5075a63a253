import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { silentLogger } from '@carillon/testkit'
import { connect } from 'carillon'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addPusher } from '../integration/bells.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { postgres } from '../services/programs.ts'

const programs = postgres.find()
const run = promisify(execFile)

/** The commands of a section of a document, in their order. */
function commandsOf(document: string, heading: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', document), 'utf8')
  const section = text.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!
  return [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, commands]) => commands!)
}

describe.skipIf(!hasPostgres || !programs)('a backup of Postgres', () => {
  it('is made and restored by the documented commands, into a database that is in use', async () => {
    const [backup, restore] = commandsOf('deploying.md', 'Backups')
    const folder = await mkdtemp(join(tmpdir(), 'carillon-backup-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    const env = { ...process.env, DATABASE_URL: database.url, PATH: `${dirname(programs!)}:${process.env.PATH}` }
    const shell = (commands: string) => run('sh', ['-ec', commands], { env, cwd: folder })
    const open = () => connect({ databaseUrl: database.url, log: silentLogger })

    const before = await open()
    await addPusher(before, 'lupino', ['chime'])
    await before.api(1).push('chime', 'lupino', 'kept')
    const [kept] = await before.store.history.list(1, {})
    await before.close()
    await shell(backup!)
    const meanwhile = await open()
    await meanwhile.api(1).push('chime', 'lupino', 'after the backup')
    await meanwhile.close()
    await shell(restore!)

    const restored = await open()
    onTestFinished(() => restored.close())
    expect(await restored.store.history.list(1, {})).toMatchObject([{ id: kept!.id, name: kept!.name }])
    await restored.api(1).push('chime', 'lupino', 'after the restore')
    expect(await restored.store.history.list(1, {})).toHaveLength(2)
  })
})
