/** A look takes less than what it might be late by. */
const LOOK_EVERY_MS = 2

/**
 * For queues that do not say when they have recorded an outcome. It looks only when nothing was handled for a moment,
 * so that looking costs nothing while there is much to do.
 */
export class LateRecords {
  readonly #timer: NodeJS.Timeout
  readonly #recorded: (count: number) => void
  #unrecorded = 0
  #quiet = true

  /** @param allRecorded is what was handled so far recorded? */
  constructor(allRecorded: () => Promise<boolean>, recorded: (count: number) => void) {
    this.#recorded = recorded
    this.#timer = setInterval(() => void this.#look(allRecorded), LOOK_EVERY_MS)
  }

  handled(): void {
    this.#unrecorded++
    this.#quiet = false
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(allRecorded: () => Promise<boolean>): Promise<void> {
    const wasQuiet = this.#quiet
    this.#quiet = true
    if (!wasQuiet || this.#unrecorded === 0) return
    if (!(await allRecorded()) || !this.#quiet || this.#unrecorded === 0) return
    this.#recorded(this.#unrecorded)
    this.#unrecorded = 0
  }
}
