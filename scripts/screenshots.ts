import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { isRoot } from '../test/services/machine.ts'
import { writePastHour } from '../test/services/past-hour.ts'
import { chromium as program } from '../test/services/programs.ts'
import { consolePictures, LETTER_RATE, LETTERS } from './screenshots/console.ts'
import { type Panels, picture } from './screenshots/picture.ts'

/*
 * `npm run screenshots` writes the pictures in docs/images: push.png, a real push from the command to the page that shows it,
 * and pages of the console.
 */

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/images')
const START_MS = 120_000
const run = promisify(execFile)

/** A server as `npm start` runs it, in a folder of its own. */
async function startServer() {
  const home = await mkdtemp(join(tmpdir(), 'carillon-'))
  const dataDir = join(home, 'data')
  await writePastHour(dataDir)
  const args = [join(root, 'scripts/start.mjs'), '--port', '0', '--snapper-port', '0', '--data-dir', dataDir]
  const letters = join(home, 'letters.mjs')
  await writeFile(letters, LETTERS)
  const env = { ...process.env, SENDERS: letters, RATE_SENDLETTER: LETTER_RATE }
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    await rm(home, { recursive: true, force: true })
  }
  return { port: await listeningPort(child.stdout), stop }
}

async function listeningPort(output: NodeJS.ReadableStream): Promise<string> {
  const limit = AbortSignal.timeout(START_MS)
  let text = ''
  output.on('data', (chunk: Buffer) => (text += chunk.toString()))
  for (;;) {
    const port = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]
    if (port) return port
    await once(output, 'data', { signal: limit })
  }
}

/** The browser reaches the server as localhost:6001, whichever port is free on this machine. */
async function startBrowser(port: string): Promise<Browser> {
  const executablePath = program.find()
  if (!executablePath) throw new Error(`The picture needs Chromium: ${program.remedy}.`)
  const args = [`--host-resolver-rules=MAP localhost:6001 127.0.0.1:${port}`]
  return chromium.launch({ executablePath, chromiumSandbox: !isRoot, args })
}

/** Signs in on the demo page, pushes with curl, and waits until the page shows the push. */
async function push(browser: Browser, port: string): Promise<Panels> {
  const page = await browser.newPage({ viewport: { width: 600, height: 392 }, deviceScaleFactor: 2 })
  await page.goto('http://localhost:6001/demo')
  await page.getByLabel('Who are you?').fill('lupino')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Connected as lupino').waitFor()
  const data = '{"event": "order", "data": {"text": "Your order has shipped"}}'
  const path = '/pusher/sendrealtime/push'
  const form = ['-d', 'pusher=lupino', '-d', `data=${data}`]
  const { stdout } = await run('curl', ['-sS', `http://127.0.0.1:${port}${path}`, ...form])
  await page.getByText('Your order has shipped').first().waitFor()
  // The page marks what is new for a moment.
  await page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished)).then(() => scrollTo(0, 0))')
  const command = `curl localhost:6001${path} \\\n  -d pusher=lupino \\\n  -d data='${data.replace(', "data"', ',\n    "data"')}'`
  return { command, answer: stdout.trim(), browser: await page.screenshot() }
}

async function main() {
  const server = await startServer()
  try {
    const browser = await startBrowser(server.port)
    try {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'push.png'), await picture(browser, await push(browser, server.port)))
      const pages = await consolePictures(browser, `http://localhost:${server.port}`)
      for (const [file, png] of Object.entries(pages)) await writeFile(join(folder, file), png)
    } finally {
      await browser.close()
    }
  } finally {
    await server.stop()
  }
}

await main()
