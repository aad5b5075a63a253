import { MOST_PROGRESS } from '@carillon/contract'
import type { Ending, StoredProgress } from '@carillon/store'

/** What an attempt hands on; what it does not mention stays as the attempts before left it. */
interface Told {
  progress?: unknown
  ifLast?: Ending | undefined
}

interface HandedOn {
  /** Absent: the row stays as it is. */
  progress?: StoredProgress
  /** Why the new progress is not kept: a sentence. */
  fault?: string
}

/** Adds what an attempt hands on to what those before it did. */
export function handOn(before: StoredProgress, { progress, ifLast = before.ifLast }: Told): HandedOn {
  if (progress === undefined) return ifLast === before.ifLast ? {} : { progress: { ...before, ifLast } }
  const value = jsonOf(progress)
  if (value === undefined)
    return { progress: { ...before, ifLast }, fault: 'The sender handed on a progress that is not JSON.' }
  const size = Buffer.byteLength(value)
  if (size <= MOST_PROGRESS) return { progress: { value, ifLast } }
  const fault = `The sender handed on a progress of ${size} bytes, and at most ${MOST_PROGRESS} are kept.`
  return { progress: { ...before, ifLast }, fault }
}

/** Undefined for what is not JSON, such as a function or an object that contains itself. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
