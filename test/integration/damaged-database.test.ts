import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { openStore } from '@carillon/store'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasFiles, POSTGRES_MAJOR, requireWhole } from '../../packages/store/embedded/damage.ts'
import { emptyFolder } from '../services/carillon.ts'
import { putDatabaseInto } from '../services/data-dir.ts'

const slow = 60_000

/** What a start says, which must be a sentence and no stack. */
async function saidBy(dataDir: string): Promise<string> {
  const opened = await openStore({ dataDir, onError() {} }).catch((error: unknown) => error)
  expect(opened).toMatchObject({ name: 'SetupError' })
  const { message } = opened as Error
  expect(message).toMatch(/^The (?:database|data directory|folder) \S.*\.$/)
  return message
}

async function open(dataDir: string, notices: string[] = []) {
  const store = await openStore({ dataDir, onError() {}, onNotice: (notice) => notices.push(notice) })
  onTestFinished(() => store.close())
  return store
}

/** Every path below a folder, with its size and when it was written. */
async function contents(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const described = names
    .filter((name) => !name.startsWith('carillon.'))
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 }
      return `${name} ${size} ${mtimeMs}`
    })
  return described.toSorted()
}

const each = async (folder: string, names: RegExp, change: (path: string) => Promise<unknown>) => {
  for (const name of await readdir(folder)) if (names.test(name)) await change(join(folder, name))
}

type Damage = [what: string, found: RegExp, damage: (database: string) => Promise<unknown>]

/** Seen before Postgres is asked, so that nothing is changed. */
const seenBefore: Damage[] = [
  ['no PG_VERSION', /PG_VERSION is missing/, (d) => rm(join(d, 'PG_VERSION'))],
  ['an empty PG_VERSION', /PG_VERSION is missing or cut off/, (d) => truncate(join(d, 'PG_VERSION'))],
  [
    'another major version',
    /was created by Postgres 16, .* contains Postgres/,
    (d) => writeFile(join(d, 'PG_VERSION'), '16\n'),
  ],
  ['no pg_control', /pg_control is missing/, (d) => rm(join(d, 'global/pg_control'))],
  ['half a pg_control', /pg_control is missing or cut off/, (d) => truncate(join(d, 'global/pg_control'), 4096)],
  ['no global', /is missing/, (d) => rm(join(d, 'global'), { recursive: true })],
  ['an empty base', /is missing/, (d) => each(join(d, 'base'), /./, (path) => rm(path, { recursive: true }))],
  ['an emptied log', /pg_wal contains no log/, (d) => each(join(d, 'pg_wal'), /^0/, rm)],
  ['no empty folders', /the folder pg_notify is missing/, (d) => rm(join(d, 'pg_notify'), { recursive: true })],
  [
    'documents instead',
    /PG_VERSION is missing/,
    (d) =>
      rename(d, `${d}.away`)
        .then(() => mkdir(d))
        .then(() => writeFile(join(d, 'letter.txt'), 'Dear')),
  ],
  ['a file instead', /cannot be read, ENOTDIR/, (d) => rename(d, `${d}.away`).then(() => writeFile(d, 'x'))],
  [
    'a link that leads nowhere',
    /cannot be read, ENOENT/,
    (d) => rename(d, `${d}.away`).then(() => symlink('/no/where', d)),
  ],
]

/** What only Postgres can see. */
const seenByPostgres: Damage[] = [
  ['a pg_control of noise', /incompatible|checksum/, (d) => writeFile(join(d, 'global/pg_control'), randomBytes(8192))],
  [
    'a log of zeros',
    /checkpoint record/,
    (d) => each(join(d, 'pg_wal'), /^0/, (path) => writeFile(path, Buffer.alloc(16 * 2 ** 20))),
  ],
  ['an emptied system table', /critical system index/, (d) => each(join(d, 'base/5'), /^\d/, (path) => truncate(path))],
  ['no tables of ours', /could not open file "base/, (d) => each(join(d, 'base/5'), /^1[6-9]\d{3}/, rm)],
  [
    'tables of noise',
    /invalid page/,
    (d) =>
      each(join(d, 'base/5'), /^1[6-9]\d{3}/, async (path) => writeFile(path, randomBytes((await stat(path)).size))),
  ],
  [
    'a transaction log of nothing',
    /access status of transaction/,
    (d) => each(join(d, 'pg_xact'), /^0/, (path) => truncate(path)),
  ],
  ['nonsense in its configuration', /configuration file/, (d) => writeFile(join(d, 'postgresql.conf'), 'nonsense = (')],
]

describe('a database with', () => {
  it.each(seenBefore)('%s is found out, and left as it is', async (_, found, damage) => {
    const dataDir = await emptyFolder()
    await putDatabaseInto(dataDir)
    const database = join(dataDir, 'postgres')
    await damage(database)
    const before = await contents(dataDir)
    const look = () => hasFiles(database) && requireWhole(database)
    expect(look).toThrow(found)
    expect(look).toThrow(/move the folder away to start with an empty database/)
    expect(await contents(dataDir)).toEqual(before)
  })

  it('no PG_VERSION stops the start, and stays without', async () => {
    const dataDir = await emptyFolder()
    await putDatabaseInto(dataDir)
    await rm(join(dataDir, 'postgres/PG_VERSION'))
    const before = await contents(dataDir)
    expect(await saidBy(dataDir)).toContain('PG_VERSION is missing')
    expect(await contents(dataDir)).toEqual(before)
  })

  it.each(seenByPostgres)(
    '%s stops the start',
    async (_, found, damage) => {
      const dataDir = await emptyFolder()
      await putDatabaseInto(dataDir)
      await damage(join(dataDir, 'postgres'))
      const said = await saidBy(dataDir)
      expect(said).toMatch(found)
      expect(said).toContain('restore the last backup')
    },
    slow,
  )

  it(
    'the version that this one makes is opened',
    async () => {
      const dataDir = await emptyFolder()
      await putDatabaseInto(dataDir)
      expect((await readFile(join(dataDir, 'postgres/PG_VERSION'), 'utf8')).trim()).toBe(POSTGRES_MAJOR)
      await open(dataDir)
    },
    slow,
  )
})

describe('a data directory', () => {
  it("with somebody's documents is not taken over", async () => {
    const dataDir = await emptyFolder()
    await mkdir(join(dataDir, 'postgres'))
    for (const name of ['letter.txt', '.bashrc']) await writeFile(join(dataDir, name), 'Dear')
    await chmod(dataDir, 0o755)
    const before = await contents(dataDir)
    expect(await saidBy(dataDir)).toContain(
      'contains other files (.bashrc, letter.txt) and no database: set DATA_DIR to',
    )
    expect(await contents(dataDir)).toEqual(before)
    expect([await readdir(dataDir), (await stat(dataDir)).mode & 0o777]).toEqual([expect.any(Array), 0o755])
    expect(await readdir(dataDir)).toHaveLength(3)
  })

  it('that is a file, is below one or leads nowhere is reported', async () => {
    const parent = await emptyFolder()
    await writeFile(join(parent, 'file'), '')
    await symlink(join(parent, 'no', 'where'), join(parent, 'link'))
    expect(await saidBy(join(parent, 'file'))).toContain('it is a file')
    expect(await saidBy(join(parent, 'file', 'data'))).toContain('part of its path is a file')
    expect(await saidBy(join(parent, 'link'))).toContain('it is a link to nothing')
  })

  it('on whose socket a server answers is in use, although no process holds its lock', async () => {
    const dataDir = await emptyFolder()
    await putDatabaseInto(dataDir)
    const older = createServer().listen(join(dataDir, '.s.PGSQL.5432'))
    await once(older, 'listening')
    onTestFinished(() => void older.close())
    expect(await saidBy(dataDir)).toContain('is in use by')
    expect(await readdir(dataDir)).toContain('.s.PGSQL.5432')
  })

  it(
    'begins anew where a first start was killed, and closes what was open',
    async () => {
      const dataDir = await emptyFolder()
      await putDatabaseInto(join(dataDir, 'once'))
      await rename(join(dataDir, 'once/postgres'), join(dataDir, 'postgres.making'))
      await rm(join(dataDir, 'once'), { recursive: true })
      await rm(join(dataDir, 'postgres.making/global'), { recursive: true })
      await writeFile(join(dataDir, 'carillon.pid'), '999999')
      await chmod(dataDir, 0o755)
      const notices: string[] = []
      await (await open(dataDir, notices)).ping()
      expect(await readdir(dataDir)).not.toContain('postgres.making')
      expect([(await stat(dataDir)).mode & 0o777, notices]).toEqual([
        0o700,
        [expect.stringContaining('was open to other users')],
      ])
    },
    slow,
  )

  it(
    'with a path too long for a socket has it in a new folder of its own',
    async () => {
      const dataDir = join(await emptyFolder(), 'x'.repeat(120))
      await putDatabaseInto(dataDir)
      await (await open(dataDir)).ping()
    },
    slow,
  )
})
