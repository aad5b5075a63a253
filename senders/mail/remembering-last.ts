/** The pushes of a broadcast come together and share their data, and mostly their text: what is made of it is made once. */
export function rememberingLast<From, Made>(textOf: (from: From) => string, make: (from: From) => Made) {
  let last: { text: string; made: Made } | undefined
  return (from: From): Made => {
    const text = textOf(from)
    if (last?.text !== text) last = { text, made: make(from) }
    return last.made
  }
}
