export interface SilenceParts {
  /** Milliseconds. */
  after: number
  /** It is silent: whoever is there answers this. */
  ask(): void
  /** It was silent for as long again. */
  over(): void
}

/** Notices a server that is gone without a word: a browser may never say so of a network that it has left. */
export class Silence {
  readonly #parts: SilenceParts
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: SilenceParts) {
    this.#parts = parts
    this.heard()
  }

  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(), this.#parts.after)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #ask(): void {
    const { after, ask, over } = this.#parts
    this.#timer = setTimeout(over, after)
    ask()
  }
}
