import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { emptyFolder } from './carillon.ts'
import { isRoot } from './machine.ts'

/** False where a disk cannot be mounted: `it.skipIf(!canMountDisk)(…)`. */
export const canMountDisk = isRoot && process.platform === 'linux' && mounts()

export interface SmallDisk {
  folder: string
  /** Leaves this much, in KB. */
  fill(leaveKb?: number): Promise<void>
  /** Takes that away again. */
  free(): Promise<void>
}

/** A disk of so many MB, until the test ends. */
export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await emptyFolder()
  mount(folder, megabytes)
  // Lazy: the process on it is killed by another of these, in whichever order.
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
  const filler = join(folder, 'filler')
  return {
    folder,
    async fill(leaveKb = 0) {
      const free = Number(execFileSync('df', ['--output=avail', '-k', folder], { encoding: 'utf8' }).split('\n')[1])
      await writeFile(filler, Buffer.alloc((free - leaveKb) * 1024)).catch(unlessFull)
    },
    free: () => rm(filler),
  }
}

/** Somebody else wrote meanwhile: as full as it was to be. */
function unlessFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC') throw error
}

function mount(folder: string, megabytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' })
}

/** Root in a container may lack the permission. */
function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-mount-'))
  try {
    mount(folder, 1)
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}
