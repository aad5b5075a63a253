import type { Logger } from '@carillon/contract'

/** The logger that a sender gets with a push: each of its lines says which push it is about. */
export class PushLog implements Logger {
  readonly #log: Logger
  readonly #about: object

  constructor(log: Logger, about: object) {
    this.#log = log
    this.#about = about
  }

  debug(fields: object, message?: string): void {
    this.#log.debug({ ...fields, ...this.#about }, message)
  }

  info(fields: object, message?: string): void {
    this.#log.info({ ...fields, ...this.#about }, message)
  }

  warn(fields: object, message?: string): void {
    this.#log.warn({ ...fields, ...this.#about }, message)
  }

  error(fields: object, message?: string): void {
    this.#log.error({ ...fields, ...this.#about }, message)
  }
}
