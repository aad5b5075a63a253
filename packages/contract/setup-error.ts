/** Something the operator can put right, at start: the sentence says what and how. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
