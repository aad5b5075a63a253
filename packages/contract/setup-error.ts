/** Something the operator can put right, at start: the sentence says what and how. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}

/** True of an error of another copy of this package too: a plugin may bring its own. */
export function isSetupError(error: unknown): boolean {
  return error instanceof Error && error.name === 'SetupError'
}
