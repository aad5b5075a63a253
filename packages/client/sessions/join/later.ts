/** A promise that is settled from outside. */
export interface Later<T> {
  promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** `Promise.withResolvers`, which Node 20 and browsers of 2023 lack. */
export function later<T>(): Later<T> {
  const made: Partial<Later<T>> = {}
  const promise = new Promise<T>((resolve, reject) => Object.assign(made, { resolve, reject }))
  return { ...(made as Later<T>), promise }
}
