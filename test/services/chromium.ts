import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { inject, onTestFinished } from 'vitest'
import { isRoot } from './machine.ts'

/** False: skip by name, `describe.skipIf(!hasChromium)(…)`. */
export const hasChromium = inject('chromiumProgram') !== undefined

export async function startChromium(args: string[] = []): Promise<Browser> {
  const executablePath = inject('chromiumProgram')
  if (!executablePath) throw new Error('This test needs Chromium: guard it with describe.skipIf(!hasChromium).')
  // Its sandbox refuses to run as root.
  return chromium.launch({ executablePath, chromiumSandbox: !isRoot, args })
}

/** A person with a browser of their own, closed when the test ends. */
export async function person(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  return context
}

/** What went wrong on the page, so that a test can say that nothing did. */
export function problemsOn(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  return problems
}
