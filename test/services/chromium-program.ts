import { findProgram, installWithApt } from './machine.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Path of the browser of CHROMIUM_PATH, the PATH or, where that needs no question, Debian. */
export function findChromium(): string | undefined {
  return process.env.CHROMIUM_PATH || onPath() || (installWithApt('chromium') ? onPath() : undefined)
}

function onPath() {
  return NAMES.map((name) => findProgram(name)).find((path) => path !== undefined)
}
