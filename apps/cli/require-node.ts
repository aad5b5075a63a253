/** The oldest Node that runs the published package, as in `engines` of its package.json. */
const OLDEST: [major: number, minor: number] = [22, 13]

/*
 * Imported first, and for this check alone. An older Node would fail as well, somewhere in the middle, on a method that
 * it does not have. Nothing that is loaded with this module may import a built-in module that an older Node lacks:
 * imports are resolved before any code runs.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
  throw new Error(`Carillon needs Node ${OLDEST.join('.')} or newer, and this is ${process.versions.node}.`)
