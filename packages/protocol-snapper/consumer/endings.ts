type Ending = () => Promise<unknown>

/** What is undone together at an end; what is added after it, at once. */
export class Endings {
  readonly #report: (error: unknown) => void
  readonly #all: Ending[] = []
  #over = false

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  add(ending: Ending): void {
    if (this.#over) void this.#run(ending)
    else this.#all.push(ending)
  }

  /** Resolves once all have ended; one that fails is reported. */
  async run(): Promise<void> {
    this.#over = true
    await Promise.all(this.#all.splice(0).map((ending) => this.#run(ending)))
  }

  async #run(ending: Ending): Promise<void> {
    await ending().catch(this.#report)
  }
}
