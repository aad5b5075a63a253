import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SetupError } from '@carillon/contract'
import { privateFolder } from '@carillon/files'
import { requireRoom } from '../open/disk.ts'
import { inUse, lockDataDir } from './lock.ts'

/** The folder of the database in a data directory. */
const DATABASE = 'postgres'

/** The file name that pg expects inside a socket folder. */
const SOCKET_NAME = '.s.PGSQL.5432'
/** Unix socket paths may hold about 104 bytes. */
const LONGEST_SOCKET_PATH = 100

/** What Carillon itself puts into a data directory, also if it was moved aside there, and what disks and tools put anywhere. */
const EXPECTED = /^(?:postgres\S*|outbox|carillon\.(?:lock|pid)\S*|\.s\.PGSQL\.5432\S*)$/
const HARMLESS = /^(?:lost\+found|\.snapshot|\.DS_Store|\.git(?:ignore|keep)|\.keep|\.nfs\w+)$/

/** A data directory that this process owns until it releases it. */
export interface DataDir {
  /** Path of the database, which may not exist. */
  folder: string
  /** Where pg finds the socket. */
  socketFolder: string
  socket: string
  /** Sentences for the log. */
  notices: string[]
  release(): void
}

/** @throws SetupError; if the folder holds something else, nothing in it is touched. */
export async function claimDataDir(dataDir: string): Promise<DataDir> {
  requireOwnFolder(dataDir)
  const notice = privateFolder(dataDir)
  requireRoom(dataDir)
  const lock = await lockDataDir(dataDir)
  const socketFolder = socketFolderOf(dataDir)
  const socket = join(socketFolder, SOCKET_NAME)
  const release = () => {
    rmSync(socketFolder === dataDir ? socket : socketFolder, { recursive: true, force: true })
    lock.release()
  }
  if (await answers(socket)) {
    lock.release()
    throw inUse(dataDir) // by a version that knew no lock, or whose lock file was removed
  }
  rmSync(socket, { force: true })
  return { folder: join(dataDir, DATABASE), socketFolder, socket, notices: notice ? [notice] : [], release }
}

/** Refuses a folder with other files: it would become private, and hold a database among them. */
function requireOwnFolder(dataDir: string): void {
  const names = entries(dataDir)
  if (entries(join(dataDir, DATABASE)).length > 0) return // what is beside it has come later
  const foreign = names.filter((name) => !EXPECTED.test(name) && !HARMLESS.test(name))
  if (foreign.length === 0) return
  const shown = foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? ', …' : '')
  throw new SetupError(
    `The data directory ${dataDir} contains other files (${shown}) and no database: set DATA_DIR to an empty directory, ` +
      `such as ${join(dataDir, 'carillon')}, or restore its folder postgres from a backup. Nothing was changed.`,
  )
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // not there yet, or no folder; then its use fails with a sentence
  }
}

/** Used when the path is too long for a socket. The folder is new, so that nobody can have created it beforehand. */
function socketFolderOf(dataDir: string): string {
  if (join(dataDir, SOCKET_NAME).length <= LONGEST_SOCKET_PATH) return dataDir
  return mkdtempSync(join(realpathSync(tmpdir()), 'carillon-'))
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket)
    const end = (answered: boolean) => () => {
      probe.destroy()
      resolve(answered)
    }
    probe.once('connect', end(true)).once('error', end(false))
  })
}
