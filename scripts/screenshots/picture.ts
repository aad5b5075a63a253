import type { Browser } from 'playwright-core'

export interface Panels {
  command: string
  answer: string
  /** PNG of the page. */
  browser: Buffer
}

/** A terminal beside a browser window. @returns a PNG */
export async function picture(browser: Browser, panels: Panels): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1240, height: 488 }, deviceScaleFactor: 1.5 })
  await page.setContent(html(panels))
  return page.screenshot()
}

function html({ command, answer, browser }: Panels): string {
  return `<!doctype html>
<style>${style}</style>
<section class="terminal">
  <header><i></i><i></i><i></i><span>Terminal</span></header>
  <pre><b>$</b> ${escaped(command)}\n<em>${escaped(answer)}</em>\n<b>$</b> <u> </u></pre>
</section>
<section class="browser">
  <header><i></i><i></i><i></i><span class="address">localhost:6001/demo</span></header>
  <img src="data:image/png;base64,${browser.toString('base64')}">
</section>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

const style = `
  body { margin: 0; padding: 28px; display: grid; grid-template-columns: 1fr 600px; gap: 24px; background: #efece4;
    align-items: stretch; font: 14px/1.5 system-ui, sans-serif; }
  section { border-radius: 10px; overflow: hidden; box-shadow: 0 8px 28px #23211c2e, 0 0 0 1px #23211c1f; }
  header { height: 40px; display: flex; align-items: center; gap: 7px; padding: 0 14px; box-sizing: border-box; }
  i { width: 11px; height: 11px; border-radius: 50%; background: #cfc9bb; }
  .terminal { background: #22211d; color: #e9e6de; }
  .terminal header { background: #2f2d27; color: #a8a396; }
  .terminal i { background: #57544a; }
  .terminal span { margin-left: 8px; }
  pre { margin: 0; padding: 20px; font: 13px/1.8 ui-monospace, 'DejaVu Sans Mono', monospace; white-space: pre-wrap;
    overflow-wrap: anywhere; }
  b { color: #dcae55; }
  em { color: #9fd08a; font-style: normal; }
  u { background: #e9e6de; text-decoration: none; padding: 1px 4px; }
  .browser { background: #faf9f6; }
  .browser header { background: #e2ded4; }
  .address { margin-left: 10px; flex: 1; background: #faf9f6; border-radius: 6px; padding: 3px 12px; color: #68645a; }
  img { display: block; width: 600px; }
`
