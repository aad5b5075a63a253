/** `12,345` */
export function number(value: number): string {
  return value.toLocaleString('en')
}

/** `1 push`, `12,345 pushes`. */
export function countOf(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`
}
