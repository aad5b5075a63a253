/** The handler that serves a path; a handler serves what is below its paths. */
export function handlerFor<Handler extends { paths: readonly string[] }>(
  handlers: readonly Handler[],
  target: string,
): Handler | undefined {
  return handlers.find(({ paths }) => paths.some((path) => isUnder(path, target)))
}

function isUnder(path: string, target: string): boolean {
  return target === path || (target.startsWith(path) && '/?'.includes(target[path.length]!))
}
