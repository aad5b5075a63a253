/** The side that serves a path; each serves what is below its own. */
export function sideFor<Side extends { paths: readonly string[] }>(
  sides: readonly Side[],
  target: string,
): Side | undefined {
  return sides.find(({ paths }) => paths.some((path) => isUnder(path, target)))
}

function isUnder(path: string, target: string): boolean {
  return target === path || (target.startsWith(path) && '/?'.includes(target[path.length]!))
}
