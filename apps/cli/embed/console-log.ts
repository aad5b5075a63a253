import type { Logger } from '@carillon/contract'

/** For whoever brings no logger: warnings and errors, on standard error. */
export const consoleLog: Logger = {
  debug: ignore,
  info: ignore,
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
}

function ignore(): void {}
