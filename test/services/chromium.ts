import axe, { type AxeResults, type RunOptions } from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { inject, onTestFinished } from 'vitest'
import { isRoot } from './machine.ts'

/** False: skip by name, `describe.skipIf(!hasChromium)(…)`. */
export const hasChromium = inject('chromiumProgram') !== undefined

/** @param without arguments that Playwright would give */
export async function startChromium(args: string[] = [], without: string[] = []): Promise<Browser> {
  const executablePath = inject('chromiumProgram')
  if (!executablePath) throw new Error('This test needs Chromium: guard it with describe.skipIf(!hasChromium).')
  // Its sandbox refuses to run as root.
  return chromium.launch({ executablePath, chromiumSandbox: !isRoot, args, ignoreDefaultArgs: without })
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

/** The rules of axe whose result depends on colors, and so on whether the page is light or dark. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block']

/** What makes a page hard to use for some people, light or dark, such as too little contrast: a line for each finding. */
export async function barriersOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  await page.emulateMedia({ colorScheme: 'light' })
  const inLight = await violationsOn(page, {})
  await page.emulateMedia({ colorScheme: 'dark' })
  const inDark = await violationsOn(page, { runOnly: COLOR_RULES })
  return [...inLight.map((line) => `light: ${line}`), ...inDark.map((line) => `dark: ${line}`)]
}

async function violationsOn(page: Page, options: RunOptions): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`)
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** How many pixels of the page are beyond the window's right edge. */
export function sidewaysOn(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}
